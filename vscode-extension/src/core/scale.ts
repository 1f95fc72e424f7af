// The visible stretch of time and its place on the screen. Ticks are whole numbers; a history can have billions, so a stretch of it can be shown.

/** What is shown, in ticks; both ends are part of it. */
export interface Stretch {
    readonly from: number;
    readonly to: number;
}

/** Fewest ticks across the bar: below, pixels between two ticks tell nothing. */
const narrowest = 10;

/** The whole of a history, never empty. */
export function whole(first: number, last: number): Stretch {
    return { from: first, to: Math.max(last, first + 1) };
}

/** Where a tick is, in pixels from the left; outside the bar when it is outside the stretch. */
export function xOf(tick: number, shown: Stretch, width: number): number {
    return ((tick - shown.from) / (shown.to - shown.from)) * width;
}

/** The tick nearest to a place on the bar. */
export function tickAt(x: number, shown: Stretch, width: number): number {
    const share = width > 0 ? Math.min(1, Math.max(0, x / width)) : 0;
    return Math.round(shown.from + share * (shown.to - shown.from));
}

/** Shows less (factor below 1) or more around a tick, which stays where it is on the bar. */
export function zoom(shown: Stretch, all: Stretch, factor: number, around: number): Stretch {
    const length = Math.max(narrowest, (shown.to - shown.from) * factor);
    if (length >= all.to - all.from) {
        return all;
    }
    const share = (around - shown.from) / (shown.to - shown.from);
    return within({ from: around - share * length, to: around + (1 - share) * length }, all);
}

/** Moves the stretch so that a tick is in it, with some room around it; keeps its length. */
export function follow(shown: Stretch, all: Stretch, tick: number): Stretch {
    if (tick >= shown.from && tick <= shown.to) {
        return within(shown, all);
    }
    const length = shown.to - shown.from;
    return within({ from: tick - length / 2, to: tick + length / 2 }, all);
}

function within(wanted: Stretch, all: Stretch): Stretch {
    const length = Math.min(wanted.to - wanted.from, all.to - all.from);
    const from = Math.round(Math.min(Math.max(wanted.from, all.from), all.to - length));
    return { from, to: Math.max(from + 1, Math.round(from + length)) };
}

/** Ticks to write numbers at: round ones, at least `room` pixels apart. */
export function gridOf(shown: Stretch, width: number, room = 70): readonly number[] {
    const length = shown.to - shown.from;
    const least = (length * room) / Math.max(1, width);
    const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
    const step = Math.max(1, [1, 2, 5, 10].map(each => each * power).find(each => each >= least) ?? power * 10);
    const grid: number[] = [];
    for (let tick = Math.ceil(shown.from / step) * step; tick <= shown.to; tick += step) {
        grid.push(tick);
    }
    return grid;
}
