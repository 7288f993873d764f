import { byId } from '../dom.ts';
import { base } from './api.ts';
import { JobView } from './job-view.ts';
import { ListView } from './list-view.ts';
import { SubmitView } from './submit-view.ts';

const place = location.pathname.slice(base.pathname.length).replace(/\/+$/, '');
const main = byId('main');
const [, id = ''] = place.split('/');

if (place === 'jobs') {
  byId('to-list').setAttribute('aria-current', 'page');
  new ListView(main);
} else if (id === 'new') {
  byId('to-form').setAttribute('aria-current', 'page');
  new SubmitView(main);
} else new JobView(main, decodeURIComponent(id));
