import type { SessionModel } from './sessionModel';

/** What the status bar shows. */
export interface Status {
    readonly text: string;
    readonly tooltip: string;
    /** Asks for attention: the program shown is not the live one. */
    readonly past: boolean;
}

/** Says where in time the session stands; undefined when it has not been anywhere yet. */
export function statusOf(model: SessionModel): Status | undefined {
    const { place, progress } = model;
    if (!place) {
        return undefined;
    }
    if (progress) {
        const share = progress.percentage === undefined ? '' : ` ${Math.round(progress.percentage)} %`;
        return { text: `$(sync~spin) ${progress.title}${share}`, tooltip: 'A search through the past is under way. Click to cancel it.', past: !place.live };
    }
    return place.live
        ? { text: `$(history) live · tick ${place.tick}`, tooltip: `Fred: the program stands at its live edge, tick ${place.tick} of branch ${place.branch}.`, past: false }
        : {
            text: `$(history) in the past · tick ${place.tick} of ${place.edge} · return to live`,
            tooltip: `Fred: you are looking at the past of branch ${place.branch}. Click to return to the live edge, tick ${place.edge}.`,
            past: true,
        };
}
