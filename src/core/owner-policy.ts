/**
 * The person at the machine comes first. What others may ask of a machine depends on whether somebody sits at it and
 * on where its power comes from; what its own front door asks is its owner's wish and always done. The thresholds
 * follow BOINC (idle after 3 minutes, never on battery) and HTCondor's policy for desktops (15 minutes).
 */

/** As others are told. */
export type OwnerState = 'away' | 'active' | 'battery';

/** What can be seen of the owner. */
export interface OwnerSigns {
  /** Since the last key or movement of the pointer, ms; undefined: never any, or no way to see it, as on a server. */
  readonly idleMs: number | undefined;
  readonly onBattery: boolean;
}

export interface OwnerPolicyOptions {
  /** So long after the last input the owner is taken to be away. */
  readonly awayAfterMs: number;
  /** Workers that draw maps for others while the owner is there. */
  readonly slotsBesideOwner: number;
}

export function ownerState(
  { idleMs, onBattery }: OwnerSigns,
  { awayAfterMs }: OwnerPolicyOptions,
): OwnerState {
  if (onBattery) return 'battery';
  return idleMs !== undefined && idleMs < awayAfterMs ? 'active' : 'away';
}

/** Of `slots`, those that draw maps for others. */
export function slotsForOthers(slots: number, state: OwnerState, options: OwnerPolicyOptions): number {
  switch (state) {
    case 'away':
      return slots;
    case 'active':
      return Math.min(slots, options.slotsBesideOwner);
    case 'battery':
      return 0;
  }
}

/** Jobs take minutes and all of a core: they wait until nobody is there. */
export function takesJobsOfOthers(state: OwnerState): boolean {
  return state === 'away';
}

/**
 * What becomes of a job of others that runs when the owner comes: it stands still at once, as with HTCondor and BOINC, so
 * that nobody notices it, and goes elsewhere when the owner has been there for `yieldMs`. `presentMs`: since when; undefined
 * for nobody.
 */
export function jobOfOthers(
  presentMs: number | undefined,
  { yieldMs }: { readonly yieldMs: number },
): 'runs' | 'stands still' | 'goes elsewhere' {
  if (presentMs === undefined) return 'runs';
  return presentMs < yieldMs ? 'stands still' : 'goes elsewhere';
}

/** What bids ask of the owner's presence. */
export interface OwnerAllowance {
  slotsForOthers(slots: number): number;
  readonly takesJobsOfOthers: boolean;
}

/** Of a machine that is nobody's. */
export const nobodyThere: OwnerAllowance = {
  slotsForOthers: (slots) => slots,
  takesJobsOfOthers: true,
};
