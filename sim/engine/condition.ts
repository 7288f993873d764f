/** What a machine has to give at the moment. It outlives the processes on the machine. */
export interface Condition {
  /** 1 draws a drawing in its nominal time. */
  readonly speed: number;
  /** Drawings at a time. */
  readonly slots: number;
  /** Of its speed that is left beside its person. */
  readonly ownerFactor: number;
  ownerActive: boolean;
  /** Drawings take this many times as long, unannounced. */
  slowFactor: number;
  /** One project at a time stays open. */
  shortOfMemory: boolean;
  /** Probability with which a drawing fails at once. */
  failureRate: number;
}

/** Speed at which a drawing that begins now is made. */
export function speedNow({ speed, ownerActive, ownerFactor, slowFactor }: Condition): number {
  return (speed * (ownerActive ? ownerFactor : 1)) / slowFactor;
}
