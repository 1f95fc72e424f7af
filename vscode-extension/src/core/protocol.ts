// What `fred dap` sends beyond the Debug Adapter Protocol. Described for client authors in docs/dap.md; names are a contract.

/** Where in time a session stands. */
export interface Place {
    readonly branch: string;
    readonly tick: number;
    /** The last tick of the branch: the live edge. */
    readonly edge: number;
    readonly live: boolean;
}

export interface TimelineCheckpoint {
    readonly number: number;
    readonly tick: number;
    readonly pinned: boolean;
}

export interface TimelineBookmark {
    readonly name: string;
    readonly branch: string;
    readonly tick: number;
}

export interface TimelineStop {
    readonly tick: number;
    readonly reason: string;
    readonly file?: string | null;
    readonly line?: number | null;
    readonly function?: string | null;
}

export interface TimelineHit {
    readonly tick: number;
    readonly breakpoint: number;
    readonly file?: string | null;
    readonly line?: number | null;
}

export interface TimelineException {
    readonly tick: number;
    readonly text: string;
    readonly file?: string | null;
    readonly line?: number | null;
}

export interface Branch {
    readonly name: string;
    readonly parent?: string | null;
    readonly forkedAt: number;
    readonly edge: number;
    readonly current: boolean;
}

/** The body of the `timeline` response. */
export interface Timeline {
    readonly backend: string;
    readonly state: string;
    readonly position?: Place | null;
    readonly checkpoints: readonly TimelineCheckpoint[];
    readonly bookmarks: readonly TimelineBookmark[];
    readonly stops: readonly TimelineStop[];
    readonly branches: readonly Branch[];
    readonly extent?: { readonly first: number; readonly last: number } | null;
    readonly breakpointHits?: readonly TimelineHit[];
    readonly exceptions?: readonly TimelineException[];
}

/** The first tick at which there is something to see. At tick 0 of a Python program its first statement has not been reached: no frame, no line. */
export function firstTick(timeline: Timeline): number {
    const first = timeline.extent?.first ?? 0;
    return timeline.backend === 'pdb' && (timeline.position?.edge ?? 0) > 0 ? Math.max(1, first) : first;
}

/** A statement found by reverse watch: the expression is `before` just before it, and `after` just after it. */
export interface Transition {
    readonly tick: number;
    readonly file?: string | null;
    readonly line?: number | null;
    readonly function?: string | null;
    readonly before: string;
    readonly after: string;
}

/** The body of the `reverseWatch` response. */
export interface WatchResult {
    readonly result: 'transition' | 'always-good' | 'always-bad' | 'error';
    readonly expression: string;
    readonly transitions: readonly Transition[];
    readonly monotone: boolean;
    readonly position: Place;
}

/** The arguments of `gotoTick`. */
export type Destination = { readonly tick: number } | { readonly bookmark: string } | { readonly live: true };

/** A message of the Debug Adapter Protocol, as far as it is looked at. */
export interface Message {
    readonly type?: string;
    readonly event?: string;
    readonly command?: string;
    readonly success?: boolean;
    readonly message?: string;
    readonly arguments?: unknown;
    readonly body?: unknown;
}
