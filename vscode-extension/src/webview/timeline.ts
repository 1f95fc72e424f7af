// The timeline's page: draws what the extension says and tells it what the user wants. It keeps nothing but the stretch of time that is shown.
import { actionOf } from '../core/keys';
import { cluster, describe, type Kind, kinds, type Mark, neighbour } from '../core/marks';
import { follow, gridOf, type Stretch, tickAt, whole, xOf, zoom } from '../core/scale';
import type { Shown, Wish } from '../core/view';

declare function acquireVsCodeApi(): { postMessage(wish: Wish): void };

const editor = acquireVsCodeApi();
const find = <T extends Element>(id: string): T => document.getElementById(id) as unknown as T;
const bar = find<HTMLDivElement>('bar');
const drawing = find<SVGSVGElement>('drawing');
const caption = find<HTMLDivElement>('caption');
const hint = find<HTMLDivElement>('hint');
const search = find<HTMLDivElement>('search');

const height = 64;
const ground = 44;
const lanes: Record<Kind, number> = { checkpoint: 40, stop: 29, breakpoint: 29, exception: 18, bookmark: 7, change: 18 };
const names: Record<Kind, readonly [one: string, more: string]> = {
    change: ['change found', 'changes found'], exception: ['exception', 'exceptions'], bookmark: ['bookmark', 'bookmarks'],
    breakpoint: ['breakpoint hit', 'breakpoint hits'], stop: ['stop', 'stops'], checkpoint: ['checkpoint', 'checkpoints'],
};
/** Farthest a click may be from a mark and still mean it, in pixels. */
const reach = 5;

let shown: Shown = { kind: 'state', first: 0, marks: [], stopped: false, branches: 0 };
let zoomed: Stretch | undefined;
let preview: number | undefined;
let drag: { readonly from: number; moved: boolean } | undefined;

const all = (): Stretch => whole(shown.first, shown.place?.edge ?? 1);
const stretch = (): Stretch => (zoomed ? follow(zoomed, all(), preview ?? shown.place?.tick ?? 0) : all());
const width = (): number => Math.max(1, bar.clientWidth - 2 * margin);
const margin = 6;

function svg(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) {
        element.setAttribute(key, String(value));
    }
    if (text !== undefined) {
        element.textContent = text;
    }
    return element;
}

function shapeOf(kind: Kind, x: number): SVGElement {
    const y = lanes[kind];
    switch (kind) {
        case 'checkpoint':
            return svg('path', { class: 'mark checkpoint', d: `M${x} ${y - 3}V${y + 7}` });
        case 'stop':
            return svg('circle', { class: 'mark stop', cx: x, cy: y, r: 2.5 });
        case 'breakpoint':
            return svg('circle', { class: 'mark breakpoint', cx: x, cy: y, r: 4 });
        case 'exception':
            return svg('path', { class: 'mark exception', d: `M${x} ${y - 5}L${x + 5} ${y + 4}H${x - 5}Z` });
        case 'bookmark':
            return svg('path', { class: 'mark bookmark', d: `M${x - 3} ${y - 6}H${x + 4}V${y + 6}L${x + 0.5} ${y + 2.5}L${x - 3} ${y + 6}Z` });
        case 'change':
            return svg('path', { class: 'mark change', d: `M${x} ${y - 6}L${x + 5} ${y}L${x} ${y + 6}L${x - 5} ${y}Z` });
    }
}

function draw(): void {
    const view = stretch();
    const span = width();
    drawing.setAttribute('width', String(span + 2 * margin));
    drawing.setAttribute('height', String(height));
    const x = (tick: number): number => margin + Math.min(span, Math.max(0, xOf(tick, view, span)));
    const now = preview ?? shown.place?.tick ?? view.from;
    const parts: SVGElement[] = [
        svg('rect', { class: 'ground', x: margin, y: ground - 3, width: span, height: 6, rx: 3 }),
        svg('rect', { class: 'past', x: margin, y: ground - 3, width: Math.max(0, x(now) - margin), height: 6, rx: 3 }),
    ];
    for (const tick of gridOf(view, span)) {
        const end = x(tick) > span - 10;
        parts.push(svg('path', { class: 'grid', d: `M${x(tick)} ${ground + 4}v4` }));
        parts.push(svg('text', { class: 'number', x: x(tick), y: height - 2, 'text-anchor': tick === view.from ? 'start' : end ? 'end' : 'middle' }, tick.toLocaleString('en')));
    }
    for (const each of cluster(shown.marks, view, span).toReversed()) {
        parts.push(shapeOf(each.kind, x(each.tick)));
    }
    if (shown.place && now >= view.from && now <= view.to) {
        parts.push(svg('path', { class: shown.place.live && preview === undefined ? 'now' : 'now inpast', d: `M${x(now)} 0V${ground + 8}m-4 5l4 -5l4 5Z` }));
    }
    drawing.replaceChildren(...parts);
}

function write(): void {
    const { place, progress, marks } = shown;
    const tick = preview ?? place?.tick ?? 0;
    caption.textContent = !place ? 'The program has not stopped yet.'
        : progress ? 'Searching the past…'
        : !shown.stopped ? 'Moving…'
        : `${place.live ? 'live' : 'in the past'} · tick ${place.tick.toLocaleString('en')}${place.live ? '' : ` of ${place.edge.toLocaleString('en')}`}${shown.branches > 1 ? ` · ${place.branch}` : ''}`;
    caption.classList.toggle('inpast', place?.live === false);
    bar.setAttribute('aria-valuemin', String(shown.first));
    bar.setAttribute('aria-valuemax', String(place?.edge ?? 0));
    bar.setAttribute('aria-valuenow', String(tick));
    bar.setAttribute('aria-valuetext', describe(marks, tick, place?.edge ?? 0));
    bar.setAttribute('aria-disabled', String(!shown.stopped));
    search.hidden = progress === undefined;
    if (progress) {
        const value = find<HTMLProgressElement>('progress');
        find<HTMLLabelElement>('doing').textContent = progress.message || progress.title;
        if (progress.percentage === undefined) {
            value.removeAttribute('value');
        } else {
            value.value = progress.percentage;
        }
    }
    for (const [id, usable] of [['previous', neighbour(marks, tick, -1)], ['following', neighbour(marks, tick, 1)], ['live', place?.live === false]] as const) {
        find<HTMLButtonElement>(id).disabled = !usable || !shown.stopped;
    }
    find<HTMLUListElement>('legend').replaceChildren(...kinds.flatMap(kind => {
        const count = marks.filter(mark => mark.kind === kind).length;
        if (count === 0) {
            return [];
        }
        const item = document.createElement('li');
        const sample = svg('svg', { width: 12, height: 12, 'aria-hidden': 'true', viewBox: `0 ${lanes[kind] - 6} 12 12` });
        sample.append(shapeOf(kind, 6));
        item.append(sample, ` ${count.toLocaleString('en')} ${names[kind][count === 1 ? 0 : 1]}`);
        return [item];
    }));
}

function ask(wish: Wish): void {
    editor.postMessage(wish.kind === 'go' || wish.kind === 'step' ? { ...wish, focused: document.hasFocus() } : wish);
}

function show(): void {
    write();
    draw();
}

function near(x: number): Mark | undefined {
    const view = stretch();
    const distance = (mark: Mark): number => Math.abs(xOf(mark.tick, view, width()) - x);
    return cluster(shown.marks, view, width()).filter(mark => distance(mark) <= reach).sort((a, b) => distance(a) - distance(b) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind))[0];
}

const within = (event: PointerEvent | WheelEvent): number => event.clientX - bar.getBoundingClientRect().left - margin;

function say(tick: number | undefined, mark?: Mark): void {
    hint.textContent = tick === undefined ? '' : describe(mark ? [mark] : shown.marks, tick, shown.place?.edge ?? 0);
}

bar.addEventListener('pointerdown', event => {
    if (event.button !== 0 || !shown.place) {
        return;
    }
    bar.setPointerCapture(event.pointerId);
    drag = { from: event.clientX, moved: false };
});

bar.addEventListener('pointermove', event => {
    const x = within(event);
    if (!drag) {
        const mark = near(x);
        say(mark?.tick ?? tickAt(x, stretch(), width()), mark);
        return;
    }
    drag.moved ||= Math.abs(event.clientX - drag.from) > 2;
    if (drag.moved) {
        const tick = tickAt(x, stretch(), width());
        if (tick !== preview) {
            preview = tick;
            say(tick);
            ask({ kind: 'go', goal: { tick } });
            show();
        }
    }
});

bar.addEventListener('pointerup', event => {
    if (!drag) {
        return;
    }
    const clicked = !drag.moved;
    drag = undefined;
    if (clicked) {
        const mark = near(within(event));
        ask({ kind: 'go', goal: mark?.goal ?? { tick: tickAt(within(event), stretch(), width()) } });
    }
    preview = undefined;
});

bar.addEventListener('pointercancel', () => {
    drag = preview = undefined;
    show();
});

bar.addEventListener('pointerleave', () => { say(undefined); });

bar.addEventListener('wheel', event => {
    event.preventDefault();
    scale(event.deltaY < 0 ? 0.7 : 1 / 0.7, tickAt(within(event), stretch(), width()));
}, { passive: false });

bar.addEventListener('keydown', event => {
    const action = event.ctrlKey || event.altKey || event.metaKey ? undefined
        : actionOf(event.key, event.shiftKey, shown.place?.tick ?? 0, shown.first, shown.marks, shown.progress !== undefined);
    if (!action) {
        return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (action.kind === 'zoom') {
        scale(action.factor, shown.place?.tick ?? 0);
    } else if (action.kind === 'all') {
        zoomed = undefined;
        show();
    } else {
        ask(action);
    }
});

function scale(factor: number, around: number): void {
    const wanted = zoom(stretch(), all(), factor, around);
    const everything = all();
    zoomed = wanted.from <= everything.from && wanted.to >= everything.to ? undefined : wanted;
    show();
}

function jump(direction: -1 | 1): void {
    const mark = neighbour(shown.marks, shown.place?.tick ?? 0, direction);
    if (mark) {
        ask({ kind: 'go', goal: mark.goal });
    }
}

for (const [id, act] of [
    ['previous', () => { jump(-1); }], ['following', () => { jump(1); }], ['live', () => { ask({ kind: 'go', goal: { live: true } }); }],
    ['in', () => { scale(0.5, shown.place?.tick ?? 0); }], ['out', () => { scale(2, shown.place?.tick ?? 0); }], ['cancel', () => { ask({ kind: 'cancel' }); }],
] as const) {
    find<HTMLButtonElement>(id).addEventListener('click', act);
}

window.addEventListener('message', event => {
    const message = event.data as Shown | { readonly kind: 'focus' };
    if (message.kind === 'state') {
        shown = message;
        show();
    } else {
        (focused?.isConnected && !focused.matches(':disabled') ? focused : bar).focus(); // The page itself has got it; what had it in the page has lost it.
    }
});

let focused: HTMLElement | undefined;
document.addEventListener('focusin', event => { focused = event.target as HTMLElement; });
new ResizeObserver(draw).observe(bar);
show();
editor.postMessage({ kind: 'ready' });
