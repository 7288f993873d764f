import type { ExecuteRequest } from '../execute-request.ts';
import { ProcessError } from '../problem.ts';

type Mode = Pick<ExecuteRequest, 'mode' | 'modeIsPreference' | 'response' | 'multipart' | 'store' | 'status'>;

/**
 * What the flags of WPS 1.0.0 mean: only a stored answer can be polled. Throws `ProcessError` where they contradict
 * each other (sections 10.2.2.1, 10.2.3).
 */
export function executeMode(
  { store, status, raw }: { readonly store: boolean; readonly status: boolean; readonly raw: boolean },
  outputs: number,
): Mode {
  if (raw) {
    if (outputs === 1) {
      return {
        mode: 'sync',
        modeIsPreference: false,
        response: 'raw',
        multipart: false,
        store: false,
        status: false,
      };
    }
    throw new ProcessError('invalid-parameter', 'RawDataOutput names one output', 'RawDataOutput');
  }
  if (status && !store) {
    const message =
      'status=true needs storeExecuteResponse=true: only a stored answer can be kept up to date';
    throw new ProcessError('invalid-parameter', message, 'status');
  }
  const mode = store ? 'async' : 'sync';
  return { mode, modeIsPreference: false, response: 'document', multipart: false, store, status };
}
