import * as vscode from 'vscode';
import { type DoctorRun, type Fix, format, type Problem, problemOf, serverBroken, serverMissing } from '../core/doctor';
import type { Machine } from './machine';

/** Tells the user what is missing, with buttons that help. */
export class Problems implements vscode.Disposable {
    private readonly output = vscode.window.createOutputChannel('Fred');

    constructor(private readonly machine: Machine) {}

    /** Shows a problem; ends when the user has done something about it, or nothing. */
    async show(problem: Problem, run?: DoctorRun): Promise<void> {
        const chosen = await vscode.window.showErrorMessage(problem.text, ...problem.fixes.map(fix => fix.title));
        const fix = problem.fixes.find(each => each.title === chosen);
        if (fix) {
            await this.apply(fix, run);
        }
    }

    /** Asks `fred doctor` and shows what it names. */
    async explain(python: string | undefined): Promise<boolean> {
        const found = this.machine.findServer();
        if ('tried' in found) {
            void this.show(serverMissing(found.tried));
            return true;
        }
        const run = await this.machine.doctor(found.command, python);
        const problem = run.report ? problemOf(run.report) : serverBroken(found.command, run.failure ?? '');
        if (problem) {
            void this.show(problem, run);
        }
        return problem !== undefined;
    }

    /** Runs `fred doctor` without showing anything. */
    async examine(): Promise<DoctorRun> {
        const found = this.machine.findServer();
        return 'tried' in found ? { failure: serverMissing(found.tried).text } : this.machine.doctor(found.command, undefined);
    }

    /** The command Check This Machine: the whole report. */
    async report(known?: DoctorRun): Promise<void> {
        const found = this.machine.findServer();
        if ('tried' in found) {
            await this.show(serverMissing(found.tried));
            return;
        }
        const run = known ?? await this.machine.doctor(found.command, await this.machine.python(undefined));
        this.output.replace(`${format(run, found.command)}\nThis fred was found ${{ setting: 'by the setting fred.path', extension: 'inside the extension', path: 'on PATH' }[found.from]}.\n`);
        this.output.show(true);
    }

    dispose(): void {
        this.output.dispose();
    }

    private async apply(fix: Fix, run: DoctorRun | undefined): Promise<void> {
        switch (fix.kind) {
            case 'copy':
                await vscode.env.clipboard.writeText(fix.command);
                vscode.window.setStatusBarMessage(`Copied: ${fix.command}`, 5000);
                break;
            case 'setting':
                await vscode.commands.executeCommand('workbench.action.openSettings', fix.setting);
                break;
            case 'report':
                await this.report(run);
                break;
        }
    }
}
