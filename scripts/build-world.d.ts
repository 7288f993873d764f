/** Writes the complete demo project into `target`, which is made if it is not there. */
export function buildWorld(target: string): void;
