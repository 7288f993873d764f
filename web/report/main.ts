import '../styles/base.css';
import 'uplot/dist/uPlot.min.css';
import './colours.css';
import './page.css';
import './latency.css';
import './over-time.css';
import './tables.css';
import './narrow.css';
import type { ReportData } from '../../sim/report/data.ts';
import { byId } from '../src/dom.ts';
import { showEvents } from './events.ts';
import { HeatMap } from './heat-map.ts';
import { LatencyPlot } from './latency-plot.ts';
import { showLoadScale } from './load-colours.ts';
import { Moment } from './moment.ts';
import { Run } from './run.ts';
import { offerThemes, onThemeChange } from './theme.ts';
import { Timeline } from './timeline.ts';
import { Topology } from './topology.ts';

const data = JSON.parse(byId('data').textContent ?? '') as ReportData;
const repaints: (() => void)[] = [];

const place = document.getElementById('latency-plot');
if (place) {
  const plot = new LatencyPlot(place, data.curves);
  repaints.push(() => plot.paint());
}
if (data.runs.length > 0) showRuns(data.runs.map((run) => new Run(run)));

offerThemes(byId('theme'));
onThemeChange(repaint);
addEventListener('resize', repaint);
// For screenshots and for tests: all is drawn.
document.documentElement.dataset.ready = 'true';

function repaint(): void {
  for (const paint of repaints) paint();
}

function showRuns(runs: readonly Run[]): void {
  const moment = new Moment(runs[0]!);
  const heatMap = new HeatMap(byId('heat-map'), moment);
  const timeline = new Timeline(byId('timeline'), moment);
  const topology = new Topology(byId('topology'), data.links, moment);
  const paint = () => {
    heatMap.paint();
    timeline.paint();
    topology.paint();
    showLoadScale(byId('load-scale'));
  };
  const choice = document.querySelector<HTMLSelectElement>('#run');
  choice?.addEventListener('change', () => {
    moment.show(runs[Number(choice.value)]!);
    paint();
    showEvents(byId('events'), moment.run.data);
  });
  showEvents(byId('events'), moment.run.data);
  repaints.push(paint);
  paint();
}
