import type { Destination } from './protocol';
import { type Mark, neighbour } from './marks';

/** What a key on the timeline means. */
export type KeyAction =
    | { readonly kind: 'go'; readonly goal: Destination }
    | { readonly kind: 'step'; readonly command: 'stepBack' | 'next' | 'reverseStepIn' | 'stepIn' }
    | { readonly kind: 'zoom'; readonly factor: number }
    | { readonly kind: 'all' }
    | { readonly kind: 'bookmark' }
    | { readonly kind: 'cancel' };

/** The keys of a slider, and some more: arrows step, with Shift into calls; Page Up and Page Down go from mark to mark. */
export function actionOf(key: string, shift: boolean, tick: number, first: number, marks: readonly Mark[], searching: boolean): KeyAction | undefined {
    switch (key) {
        case 'ArrowLeft':
        case 'ArrowDown':
            return { kind: 'step', command: shift ? 'reverseStepIn' : 'stepBack' };
        case 'ArrowRight':
        case 'ArrowUp':
            return { kind: 'step', command: shift ? 'stepIn' : 'next' };
        case 'PageUp':
            return jump(neighbour(marks, tick, -1));
        case 'PageDown':
            return jump(neighbour(marks, tick, 1));
        case 'Home':
            return { kind: 'go', goal: { tick: first } };
        case 'End':
            return { kind: 'go', goal: { live: true } };
        case '+':
        case '=':
            return { kind: 'zoom', factor: 0.5 };
        case '-':
            return { kind: 'zoom', factor: 2 };
        case '0':
            return { kind: 'all' };
        case 'b':
            return { kind: 'bookmark' };
        case 'Escape':
            return searching ? { kind: 'cancel' } : undefined;
        default:
            return undefined;
    }
}

function jump(mark: Mark | undefined): KeyAction | undefined {
    return mark ? { kind: 'go', goal: mark.goal } : undefined;
}
