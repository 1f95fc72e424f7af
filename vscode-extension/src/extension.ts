import * as vscode from 'vscode';
import type { DoctorRun } from './core/doctor';
import type { SessionModel } from './core/sessionModel';
import { ChangeDecoration } from './glue/changeDecoration';
import { Commands } from './glue/commands';
import { HistoryTree } from './glue/historyTree';
import { Launching } from './glue/launching';
import { Machine } from './glue/machine';
import { Problems } from './glue/problems';
import { Sessions } from './glue/sessions';
import { StatusItem } from './glue/statusItem';
import { TimelineView } from './glue/timelineView';

/** What other extensions, and tests, may ask. Read only. */
export interface Api {
    /** What is known about the session in the foreground; undefined when there is none. */
    current(): SessionModel | undefined;
    /** Something about it has changed. */
    readonly onDidChange: vscode.Event<unknown>;
    /** What `fred doctor` says. */
    doctor(): Promise<DoctorRun>;
}

/** Composes the extension. What it does without the editor's API is in core/, and tested there. */
export function activate(context: vscode.ExtensionContext): Api {
    const machine = new Machine(context.extensionPath);
    const problems = new Problems(machine);
    const sessions = new Sessions();
    const commands = new Commands(sessions);
    context.subscriptions.push(
        problems, sessions, commands,
        new Launching(machine, problems, sessions),
        new TimelineView(context.extensionUri, sessions, commands, context.globalState),
        new HistoryTree(sessions),
        new StatusItem(sessions),
        new ChangeDecoration(sessions),
        vscode.commands.registerCommand('fred.doctor', () => problems.report()));
    return { current: () => sessions.current?.model, onDidChange: sessions.onDidChange, doctor: () => problems.examine() };
}
