import { type Destination, firstTick, type Timeline, type Transition } from './protocol';
import { type Stretch, xOf } from './scale';

/** What a mark on the timeline stands for, in the order in which a crowded place is described. */
export const kinds = ['change', 'exception', 'bookmark', 'breakpoint', 'stop', 'checkpoint'] as const;
export type Kind = (typeof kinds)[number];

export interface Mark {
    readonly kind: Kind;
    readonly tick: number;
    /** For people; without the tick. */
    readonly label: string;
    readonly goal: Destination;
}

/** Marks of one kind that share a place on the screen. */
export interface Cluster extends Mark {
    readonly count: number;
}

const place = (file: string | null | undefined, line: number | null | undefined): string =>
    file ? `${file.slice(file.lastIndexOf('/') + 1)}${line ? `:${line}` : ''}` : 'somewhere';

/** Everything worth a mark on the current branch, in time order. */
export function marksOf(timeline: Timeline, found: readonly Transition[]): readonly Mark[] {
    const branch = timeline.position?.branch;
    const first = firstTick(timeline);
    const at = (kind: Kind, tick: number, label: string, goal?: Destination): Mark => ({ kind, tick: Math.max(tick, first), label, goal: goal ?? { tick: Math.max(tick, first) } });
    const raised = timeline.exceptions ?? [];
    const uncaught = timeline.stops.filter(each => each.reason === 'Exception' && !raised.some(known => known.tick === each.tick));
    return [
        ...timeline.checkpoints.map(each => at('checkpoint', each.tick, `checkpoint ${each.number}${each.pinned ? ', kept' : ''}`)),
        ...timeline.stops.filter(each => !uncaught.includes(each)).map(each => at('stop', each.tick, `stopped at ${place(each.file, each.line)}${each.function ? ` in ${each.function}` : ''}`)),
        ...(timeline.breakpointHits ?? []).map(each => at('breakpoint', each.tick, `breakpoint hit at ${place(each.file, each.line)}`)),
        ...raised.map(each => at('exception', each.tick, `${each.text} at ${place(each.file, each.line)}`)),
        ...uncaught.map(each => at('exception', each.tick, `exception at ${place(each.file, each.line)}`)),
        ...timeline.bookmarks.filter(each => each.branch === branch).map(each => at('bookmark', each.tick, `bookmark "${each.name}"`, { bookmark: each.name })),
        ...found.map(each => at('change', each.tick, `changed here: ${each.before} → ${each.after} at ${place(each.file, each.line)}`)),
    ].sort((a, b) => a.tick - b.tick || kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

/** The marks inside a stretch, with those of one kind put together that would lie on each other. Each stands for the last of its marks. */
export function cluster(marks: readonly Mark[], shown: Stretch, width: number, apart = 5): readonly Cluster[] {
    const last = new Map<Kind, { x: number; index: number }>();
    const clusters: Cluster[] = [];
    for (const mark of marks) {
        if (mark.tick < shown.from || mark.tick > shown.to) {
            continue;
        }
        const x = xOf(mark.tick, shown, width);
        const before = last.get(mark.kind);
        const known = before && x - before.x < apart ? clusters[before.index] : undefined;
        if (before && known) {
            clusters[before.index] = { ...mark, count: known.count + 1 };
        } else {
            last.set(mark.kind, { x, index: clusters.length });
            clusters.push({ ...mark, count: 1 });
        }
    }
    return clusters;
}

/** The nearest mark before or after a tick. */
export function neighbour(marks: readonly Mark[], tick: number, direction: -1 | 1): Mark | undefined {
    return direction < 0 ? marks.findLast(mark => mark.tick < tick) : marks.find(mark => mark.tick > tick);
}

/** What is at a tick, for the tooltip and the screen reader. */
export function describe(marks: readonly Mark[], tick: number, edge: number): string {
    const here = marks.filter(mark => mark.tick === tick).map(mark => mark.label);
    const where = tick >= edge ? `live, tick ${tick}` : `tick ${tick} of ${edge}`;
    return here.length > 0 ? `${where}, ${here.slice(0, 3).join(', ')}` : where;
}
