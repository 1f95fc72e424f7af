import * as vscode from 'vscode';
import { complete, type Configuration, configurationFor, isNative, type Surroundings, withPython } from '../core/configuration';
import { nativeProblem, serverBroken, serverMissing } from '../core/doctor';
import { type Machine, serverEnvironment } from './machine';
import type { Problems } from './problems';
import type { Sessions } from './sessions';

/** Starts sessions: completes launch configurations, finds the server, and says what is missing before anything is started. */
export class Launching implements vscode.DebugConfigurationProvider, vscode.DebugAdapterDescriptorFactory, vscode.Disposable {
    private readonly subscriptions: vscode.Disposable[];

    constructor(private readonly machine: Machine, private readonly problems: Problems, sessions: Sessions) {
        this.subscriptions = [
            vscode.debug.registerDebugConfigurationProvider('fred', this),
            vscode.debug.registerDebugConfigurationProvider(
                'fred', { provideDebugConfigurations: folder => this.offer(folder) }, vscode.DebugConfigurationProviderTriggerKind.Dynamic),
            vscode.debug.registerDebugAdapterDescriptorFactory('fred', this),
            sessions.onDidFail(({ session, how }) => { void this.afterFailure(session, how); }),
        ];
    }

    resolveDebugConfiguration(folder: vscode.WorkspaceFolder | undefined, given: vscode.DebugConfiguration): vscode.DebugConfiguration | undefined {
        const completed = complete(given, surroundings(folder));
        if ('problem' in completed) {
            void vscode.window.showErrorMessage(completed.problem, 'Open launch.json').then(chosen =>
                chosen && vscode.commands.executeCommand('workbench.action.debug.configure'));
            return undefined;
        }
        return completed.configuration;
    }

    async resolveDebugConfigurationWithSubstitutedVariables(
        folder: vscode.WorkspaceFolder | undefined, given: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
        const found = this.machine.findServer();
        if ('tried' in found) {
            void this.problems.show(serverMissing(found.tried));
            return undefined;
        }
        const configuration = given as Configuration;
        if (isNative(configuration, file => this.machine.firstBytes(file))) {
            const run = await this.machine.doctor(found.command, undefined);
            const problem = run.report ? nativeProblem(run.report) : serverBroken(found.command, run.failure ?? '');
            if (problem) {
                void this.problems.show(problem, run);
                return undefined;
            }
            return configuration;
        }
        const ready = withPython(configuration, await this.machine.python(folder));
        const python = ready['python'] as string | undefined;
        if (!this.machine.hasProgram(python ?? 'python3') && await this.problems.explain(python)) {
            return undefined;
        }
        return ready;
    }

    createDebugAdapterDescriptor(): vscode.DebugAdapterDescriptor {
        const found = this.machine.findServer();
        if ('tried' in found) {
            throw new Error(serverMissing(found.tried).text);
        }
        return new vscode.DebugAdapterExecutable(found.command, ['dap'], { env: serverEnvironment() });
    }

    dispose(): void {
        this.subscriptions.forEach(each => { each.dispose(); });
    }

    // The configurations under "Run and Debug > Fred...": no launch.json is needed for them.
    private offer(folder: vscode.WorkspaceFolder | undefined): vscode.DebugConfiguration[] {
        const made = configurationFor(surroundings(folder));
        return made ? [made, { ...made, name: 'Fred: Python file in a terminal', console: 'integratedTerminal' }] : [];
    }

    // The server's own words have been shown by the editor; the machine may have to be mended.
    private async afterFailure(session: vscode.DebugSession, how: string): Promise<void> {
        if (['PythonNotFound', 'PythonUnsupported', 'LaunchFailed', 'Unsupported', 'exit'].includes(how)) {
            await this.problems.explain(session.configuration['python'] as string | undefined);
        }
    }
}

function surroundings(folder: vscode.WorkspaceFolder | undefined): Surroundings {
    const document = vscode.window.activeTextEditor?.document;
    const home = folder ?? (document && vscode.workspace.getWorkspaceFolder(document.uri));
    return {
        ...(document?.uri.scheme === 'file' ? { file: document.uri.fsPath, language: document.languageId } : {}),
        ...(home ? { folder: home.uri.fsPath } : {}),
    };
}
