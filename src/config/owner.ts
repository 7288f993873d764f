import { z } from 'zod';

/** The person at the machine, who must not notice the mesh. */
export const ownerConfig = z.strictObject({
  watch: z
    .boolean()
    .default(true)
    .describe(
      'Whether to look at when keyboard and pointer were last used and whether the machine runs on battery. ' +
        'Off: it works for others at any time, as suits a server. What is typed is never seen, only that something is.',
    ),
  awayAfterMs: z
    .number()
    .positive()
    .max(86_400_000)
    .default(180_000)
    .describe(
      'Without input for so long, nobody is there: 3 minutes as in a classroom; offices may like 15.',
    ),
  slotsBesideOwner: z
    .number()
    .int()
    .min(0)
    .max(1024)
    .default(1)
    .describe('Workers that bids to others count while somebody works at the machine: one, at low priority.'),
  watchMs: z
    .number()
    .positive()
    .max(60_000)
    .default(1_000)
    .describe('How often the signs that cost next to nothing are looked at: who comes back waits no longer.'),
  askDesktopMs: z
    .number()
    .positive()
    .max(600_000)
    .default(10_000)
    .describe(
      'How often the desktop, the power supply and the login manager are asked: some start a program.',
    ),
});
