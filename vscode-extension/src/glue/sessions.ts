import * as vscode from 'vscode';
import type { Message, Timeline } from '../core/protocol';
import { type Change, SessionModel } from '../core/sessionModel';

/** Fred's debug sessions and what is known about them. The one in the foreground is the one that views and commands mean. */
export class Sessions implements vscode.Disposable, vscode.DebugAdapterTrackerFactory {
    private readonly models = new Map<string, { readonly session: vscode.DebugSession; readonly model: SessionModel; asking: boolean; again: boolean }>();
    private readonly changed = new vscode.EventEmitter<Change>();
    private readonly stops = new vscode.EventEmitter<vscode.DebugSession>();
    private readonly failed = new vscode.EventEmitter<{ session: vscode.DebugSession; how: string }>();
    private readonly subscriptions: vscode.Disposable[] = [];
    private last: string | undefined;

    /** Something about the session in the foreground has changed, or another one is. */
    readonly onDidChange = this.changed.event;
    /** A session has come to a stop, its timeline not yet asked for. */
    readonly onDidStop = this.stops.event;
    /** A launch was refused, or a server ended on its own. */
    readonly onDidFail = this.failed.event;

    constructor() {
        this.subscriptions.push(
            vscode.debug.registerDebugAdapterTrackerFactory('fred', this),
            vscode.debug.onDidChangeActiveDebugSession(session => {
                if (session?.type === 'fred') {
                    this.last = session.id;
                    this.tell('place');
                }
            }),
            vscode.debug.onDidTerminateDebugSession(session => {
                if (this.models.delete(session.id)) {
                    this.tell('ended');
                }
            }));
    }

    /** The session that views and commands mean; undefined when there is none. */
    get current(): { readonly session: vscode.DebugSession; readonly model: SessionModel } | undefined {
        const active = vscode.debug.activeDebugSession;
        return this.models.get(active?.type === 'fred' ? active.id : this.last ?? '') ?? [...this.models.values()].at(-1);
    }

    createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
        const entry = { session, model: new SessionModel(), asking: false, again: false };
        let expected = false;
        this.models.set(session.id, entry);
        this.last = session.id;
        return {
            onDidSendMessage: (message: Message) => {
                this.took(session, entry.model.fromServer(message));
                if (message.event === 'stopped') {
                    this.stops.fire(session);
                } else if (message.type === 'response' && message.command === 'launch' && message.success === false) {
                    this.failed.fire({ session, how: entry.model.refusal?.errorId ?? '' });
                }
                expected ||= message.event === 'terminated';
            },
            onWillReceiveMessage: (message: Message) => {
                expected ||= message.command === 'disconnect' || message.command === 'terminate';
                this.took(session, entry.model.fromEditor(message));
            },
            onExit: (code: number | undefined) => {
                if (!expected && code !== 0) {
                    this.failed.fire({ session, how: 'exit' });
                }
            },
        };
    }

    /** Runs a request of the session in the foreground. */
    async request<T>(command: string, args: object = {}): Promise<T> {
        const current = this.current;
        if (!current) {
            throw new Error('No program is being debugged with Fred.');
        }
        return await current.session.customRequest(command, args) as T;
    }

    /** Asks for a movement and waits until the program stands again (or the session is over). */
    async move(command: string, args: object = {}): Promise<void> {
        const session = this.current?.session;
        let done: (() => void) | undefined;
        const stopped = new Promise<void>(resolve => { done = resolve; });
        const waiting = [
            this.stops.event(each => { if (each.id === session?.id) { done?.(); } }),
            vscode.debug.onDidTerminateDebugSession(each => { if (each.id === session?.id) { done?.(); } }),
        ];
        try {
            await this.request(command, args);
            await stopped;
        } finally {
            waiting.forEach(each => { each.dispose(); });
        }
    }

    /** What a reverse watch found, for all views. */
    note(expression: string, found: SessionModel['found']): void {
        if (this.current) {
            this.current.model.expression = expression;
            this.current.model.found = found;
            this.tell('timeline');
        }
    }

    dispose(): void {
        [...this.subscriptions, this.changed, this.stops, this.failed].forEach(each => { each.dispose(); });
    }

    private took(session: vscode.DebugSession, change: Change): void {
        const entry = this.models.get(session.id);
        if (!change || !entry) {
            return;
        }
        if ((change === 'place' && entry.model.stopped) || change === 'timeline') {
            void this.refresh(session.id);
        }
        if (session.id === this.current?.session.id) {
            this.tell(change);
        }
    }

    // One request at a time; what happens meanwhile is asked for afterwards.
    private async refresh(id: string): Promise<void> {
        const entry = this.models.get(id);
        if (!entry) {
            return;
        }
        entry.again = entry.asking;
        if (entry.asking) {
            return;
        }
        entry.asking = true;
        let told = false;
        do {
            entry.again = false;
            try {
                const timeline = await entry.session.customRequest('timeline') as Timeline;
                entry.model.timeline = timeline;
                entry.model.place ??= timeline.position ?? undefined;
                told = true;
            } catch {
                // The program moves on, and its next stop asks again (perhaps it has already); or the session is ending, and its views with it.
            }
        } while (entry.again);
        entry.asking = false;
        if (told) {
            this.tell('timeline');
        }
    }

    private tell(change: Change): void {
        const model = this.current?.model;
        void vscode.commands.executeCommand('setContext', 'fred.sessionActive', model !== undefined);
        void vscode.commands.executeCommand('setContext', 'fred.inPast', model?.inPast === true);
        void vscode.commands.executeCommand('setContext', 'fred.searching', model?.progress !== undefined);
        this.changed.fire(change);
    }
}
