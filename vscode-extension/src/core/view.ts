// What the extension and the timeline's page say to each other, and the page itself.
import type { Mark } from './marks';
import type { Destination, Place } from './protocol';
import type { Progress } from './sessionModel';

/** Everything the page shows. */
export interface Shown {
    readonly kind: 'state';
    readonly place?: Place;
    readonly first: number;
    readonly marks: readonly Mark[];
    readonly stopped: boolean;
    readonly progress?: Progress;
    /** Branches and the current one, for the caption. */
    readonly branches: number;
}

/** What the page asks for. Focused: it has the keyboard, and wants it back when the move has ended. */
export type Wish =
    | { readonly kind: 'ready' }
    | { readonly kind: 'go'; readonly goal: Destination; readonly focused?: boolean }
    | { readonly kind: 'step'; readonly command: 'stepBack' | 'next' | 'reverseStepIn' | 'stepIn'; readonly focused?: boolean }
    | { readonly kind: 'cancel' }
    | { readonly kind: 'bookmark' };

const steps = new Set<unknown>(['stepBack', 'next', 'reverseStepIn', 'stepIn']);

/** Checks what the page sent: it is not trusted more than it has to be. */
export function wishOf(value: unknown): Wish | undefined {
    const wish = value as { kind?: unknown; goal?: unknown; command?: unknown; focused?: unknown } | null | undefined;
    const focused = wish?.focused === true ? { focused: true } : {};
    switch (wish?.kind) {
        case 'ready':
        case 'cancel':
        case 'bookmark':
            return { kind: wish.kind };
        case 'step':
            return steps.has(wish.command) ? { kind: 'step', command: wish.command as 'next', ...focused } : undefined;
        case 'go': {
            const goal = destinationOf(wish.goal);
            return goal ? { kind: 'go', goal, ...focused } : undefined;
        }
        default:
            return undefined;
    }
}

function destinationOf(value: unknown): Destination | undefined {
    const goal = value as { tick?: unknown; bookmark?: unknown; live?: unknown } | null | undefined;
    if (typeof goal?.tick === 'number' && Number.isSafeInteger(goal.tick) && goal.tick >= 0) {
        return { tick: goal.tick };
    }
    if (typeof goal?.bookmark === 'string') {
        return { bookmark: goal.bookmark };
    }
    return goal?.live === true ? { live: true } : undefined;
}

/** The page. Scripts run only with the nonce, styles come only from the extension, and nothing is loaded from anywhere else. */
export function pageOf(source: string, script: string, style: string, nonce: string): string {
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${source}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Time</title>
</head>
<body>
<div id="caption" class="caption" aria-live="polite"></div>
<div id="bar" class="bar" role="slider" tabindex="0" aria-label="Place in time" aria-orientation="horizontal" aria-valuemin="0" aria-valuemax="0" aria-valuenow="0">
<svg id="drawing" aria-hidden="true" focusable="false"></svg>
</div>
<div id="hint" class="hint" aria-hidden="true"></div>
<div id="search" class="search" hidden>
<label for="progress" id="doing"></label>
<progress id="progress" max="100"></progress>
<button id="cancel" type="button">Cancel</button>
</div>
<div class="tools" role="toolbar" aria-label="Time">
<button id="previous" type="button" title="Previous mark (Page Up)">◂ mark</button>
<button id="following" type="button" title="Next mark (Page Down)">mark ▸</button>
<button id="in" type="button" title="Zoom in (+)" aria-label="Zoom in">+</button>
<button id="out" type="button" title="Zoom out (-)" aria-label="Zoom out">−</button>
<button id="live" type="button" title="Return to live (End)">live</button>
</div>
<ul id="legend" class="legend" aria-label="Marks"></ul>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
