import type { Transition, WatchResult } from './protocol';

/** Arguments of the `reverseWatch` request. */
export interface WatchArguments {
    readonly expression: string;
    readonly frameId?: number;
    readonly which: 'last' | 'first';
    /** What is searched for: the statement after which the expression is no longer true, or the one that gave it its present value. */
    readonly mode: 'invariant' | 'change';
}

/** The expression that a menu of the Variables or the Watch view was opened on. */
export function expressionOf(context: unknown): string | undefined {
    const candidates = context as { variable?: unknown; expression?: unknown; name?: unknown } | null | undefined;
    if (typeof candidates !== 'object' || candidates === null) {
        return undefined;
    }
    for (const value of [candidates.variable, candidates.expression, candidates]) {
        if (typeof value === 'string' && value.trim()) {
            return value.trim();
        }
        const named = value as { evaluateName?: unknown; name?: unknown } | undefined;
        const name = typeof named?.evaluateName === 'string' && named.evaluateName ? named.evaluateName : named?.name;
        if (typeof name === 'string' && name.trim()) {
            return name.trim();
        }
    }
    return undefined;
}

/** What is selected in the editor as one expression; undefined when it cannot be one. */
export function expressionIn(selected: string): string | undefined {
    const text = selected.trim();
    return text.length > 0 && text.length <= 1000 ? text.replace(/\s*\n\s*/g, ' ') : undefined;
}

/** An expression that is False here is an invariant that broke; any other has a value that something gave it. */
export function modeOf(value: { result: string; type?: string }): 'invariant' | 'change' {
    return value.result === 'False' || (value.type === 'bool' && value.result === 'false') ? 'invariant' : 'change';
}

/** What the user is told when nothing was found; undefined when something was. */
export function explain(result: WatchResult, mode: 'invariant' | 'change'): string | undefined {
    if (result.transitions.length > 0) {
        return undefined; // Also where an expression was bad as soon as it had a value: that moment was found.
    }
    switch (result.result) {
        case 'transition':
            return undefined;
        case 'always-good':
            return mode === 'invariant' ? `${result.expression} was true all the time.` : `${result.expression} never had this value.`;
        case 'always-bad':
            return mode === 'invariant'
                ? `${result.expression} was never true: it was false as soon as it had a value.`
                : `${result.expression} has had this value since it exists.`;
        case 'error':
            return `${result.expression} could not be evaluated at any moment of the history.`;
    }
}

/** Longest value shown in the editor's line. */
const longest = 60;

/** What stands behind the line of the statement. */
export function decorationOf(expression: string, transition: Transition): string {
    return `◂ changed here: ${shorten(expression)} ${shorten(transition.before)} → ${shorten(transition.after)}`;
}

function shorten(text: string): string {
    const line = text.replace(/\s+/g, ' ');
    return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}
