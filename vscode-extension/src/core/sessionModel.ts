import type { Message, Place, Timeline, Transition } from './protocol';

/** A search or a long move on its way. */
export interface Progress {
    readonly id: string;
    readonly title: string;
    readonly message: string;
    /** 0 to 100; missing while not known. */
    readonly percentage?: number;
}

/** A request that the server refused. */
export interface Refusal {
    readonly command: string;
    readonly text: string;
    readonly errorId?: string;
    /** The editor has already told the user. */
    readonly shown: boolean;
}

/** What a message meant for those who watch. */
export type Change = 'place' | 'progress' | 'timeline' | 'ended' | 'refused' | 'configured' | undefined;

/** Most expressions of the Watch view that are remembered. */
const mostWatches = 30;

/**
 * What is known about one debug session, from the messages that pass between editor and server. The extension sees them all but sends only few itself: whatever
 * button or console command moved the program, the views follow.
 */
export class SessionModel {
    /** Where in time it stands; the last place while it moves. */
    place: Place | undefined;
    /** Whether it stands anywhere: only then can it be moved. */
    stopped = false;
    progress: Progress | undefined;
    timeline: Timeline | undefined;
    /** Statements found by reverse watch, the newest search only. */
    found: readonly Transition[] = [];
    /** The expression that was searched for. */
    expression = '';
    refusal: Refusal | undefined;
    /** Numbers of the frames that the server has given at this stop: the editor may still show those of an earlier one. */
    readonly frames = new Set<number>();
    /** Expressions of the Watch view, the newest last. */
    watches: readonly string[] = [];

    /** A message from the server to the editor. */
    fromServer(message: Message): Change {
        if (message.type === 'response') {
            if (message.success === false) {
                return this.refused(message);
            }
            this.noteFrames(message);
            return undefined;
        }
        if (message.type !== 'event') {
            return undefined;
        }
        const body = (message.body ?? {}) as Record<string, unknown>;
        switch (message.event) {
            case 'stopped':
                this.stopped = true;
                this.frames.clear();
                this.place = placeOf(body['fred']) ?? this.place;
                return 'place';
            case 'continued':
                this.stopped = false;
                return 'place';
            case 'progressStart':
                this.progress = { id: String(body['progressId']), title: String(body['title'] ?? ''), message: '', ...percentageOf(body) };
                return 'progress';
            case 'progressUpdate':
                if (this.progress?.id !== body['progressId']) {
                    return undefined;
                }
                this.progress = { ...this.progress!, message: String(body['message'] ?? ''), ...percentageOf(body) };
                return 'progress';
            case 'progressEnd':
                this.progress = undefined;
                return 'progress';
            case 'fredTimelineChanged':
                return 'timeline';
            case 'terminated':
                this.stopped = false;
                return 'ended';
            default:
                return undefined;
        }
    }

    /** A message from the editor to the server. */
    fromEditor(message: Message): Change {
        if (message.type !== 'request') {
            return undefined;
        }
        if (moving.has(message.command ?? '')) {
            this.stopped = false;
            return 'place';
        }
        const asked = (message.arguments ?? {}) as { context?: unknown; expression?: unknown };
        if (message.command === 'evaluate' && asked.context === 'watch' && typeof asked.expression === 'string') {
            this.watches = [...this.watches.filter(each => each !== asked.expression), asked.expression].slice(-mostWatches);
        }
        return message.command === 'setBreakpoints' || message.command === 'setExceptionBreakpoints' ? 'configured' : undefined;
    }

    /** Whether it stands in the past. */
    get inPast(): boolean {
        return this.place !== undefined && !this.place.live;
    }

    private noteFrames(message: Message): void {
        const { stackFrames } = (message.body ?? {}) as { stackFrames?: readonly { id: number }[] };
        if (message.command === 'stackTrace' && stackFrames) {
            stackFrames.forEach(frame => this.frames.add(frame.id));
        }
    }

    private refused(message: Message): Change {
        const error = (message.body as { error?: { format?: string; showUser?: boolean; variables?: Record<string, string> } } | undefined)?.error;
        const errorId = error?.variables?.['errorId'];
        this.refusal = {
            command: message.command ?? '', text: error?.format ?? message.message ?? 'refused', shown: error?.showUser === true, ...(errorId ? { errorId } : {}),
        };
        if (moving.has(this.refusal.command)) {
            this.stopped = true; // The move did not even begin.
        }
        return 'refused';
    }
}

/** Standard requests after which the program is on its way; Fred's own are followed by a continued event. */
const moving = new Set(['continue', 'next', 'stepIn', 'stepOut', 'stepBack', 'reverseContinue', 'restartFrame']);

function placeOf(value: unknown): Place | undefined {
    const place = value as Partial<Place> | null | undefined;
    return typeof place?.tick === 'number' && typeof place.edge === 'number'
        ? { branch: String(place.branch), tick: place.tick, edge: place.edge, live: place.live === true }
        : undefined;
}

function percentageOf(body: Record<string, unknown>): { percentage?: number } {
    return typeof body['percentage'] === 'number' ? { percentage: Math.min(100, Math.max(0, body['percentage'])) } : {};
}
