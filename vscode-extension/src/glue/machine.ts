import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as vscode from 'vscode';
import { type DoctorRun, parseReport } from '../core/doctor';
import { findServer, type Found, onPath } from '../core/server';

/** Longest wait for `fred doctor`, in milliseconds. */
const patience = 30000;

/** The machine around the extension: files, settings, and `fred doctor`. */
export class Machine {
    constructor(private readonly extension: string) {}

    /** Where the server is. The one inside the extension is made executable if unpacking has left that out. */
    findServer(): Found {
        const found = findServer(
            { setting: setting('path'), extension: this.extension, path: process.env['PATH'] ?? '', home: os.homedir() },
            file => isExecutable(file) || (file.startsWith(this.extension + path.sep) && makeExecutable(path.dirname(file))));
        return found;
    }

    /** The interpreter for programs whose launch configuration names none; undefined leaves the choice to the server. */
    async python(folder: vscode.WorkspaceFolder | undefined): Promise<string | undefined> {
        const set = setting('python').trim();
        if (set) {
            return set;
        }
        const python = vscode.extensions.getExtension<{ environments?: { getActiveEnvironmentPath(folder?: vscode.Uri): { path?: string } } }>('ms-python.python');
        try {
            const chosen = python && (python.isActive ? python.exports : await python.activate()).environments?.getActiveEnvironmentPath(folder?.uri).path;
            return chosen && isExecutable(chosen) && fs.statSync(chosen).isFile() ? chosen : undefined;
        } catch {
            return undefined; // It has its own ways to say what is wrong with it.
        }
    }

    /** Whether a program can be run, by its path or by its name on PATH. */
    hasProgram(name: string): boolean {
        return path.isAbsolute(name) ? isExecutable(name) : name.includes('/') || onPath(name, process.env['PATH'] ?? '', isExecutable) !== undefined;
    }

    /** The beginning of a file. */
    firstBytes(file: string): Uint8Array | undefined {
        try {
            const handle = fs.openSync(file, 'r');
            try {
                const head = Buffer.alloc(4);
                return head.subarray(0, fs.readSync(handle, head, 0, 4, 0));
            } finally {
                fs.closeSync(handle);
            }
        } catch {
            return undefined;
        }
    }

    /** Runs `fred doctor --json`. It never fails: why there is no report is part of the answer. */
    doctor(command: string, python: string | undefined): Promise<DoctorRun> {
        return new Promise(resolve => {
            const args = ['doctor', '--json', ...(python ? ['--python', python] : [])];
            execFile(command, args, { env: serverEnvironment(), timeout: patience }, (error, stdout, stderr) => {
                const report = parseReport(stdout);
                resolve(report ? { report } : { failure: [stderr, stdout, error?.message ?? ''].map(each => each.trim()).filter(Boolean).join('\n') || 'no output' });
            });
        });
    }
}

/** The environment of the server: .NET is found also where only `dotnet` on PATH says where it is. */
export function serverEnvironment(): Record<string, string> {
    const environment = Object.fromEntries(Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined));
    if (!environment['DOTNET_ROOT']) {
        const dotnet = onPath('dotnet', environment['PATH'] ?? '', isExecutable);
        if (dotnet) {
            environment['DOTNET_ROOT'] = path.dirname(fs.realpathSync(dotnet));
        }
    }
    environment['DOTNET_TieredPGO'] = '0';
    return environment;
}

function setting(name: string): string {
    return vscode.workspace.getConfiguration('fred').get<string>(name) ?? '';
}

function isExecutable(file: string): boolean {
    try {
        fs.accessSync(file, fs.constants.X_OK);
        return fs.statSync(file).isFile();
    } catch {
        return false;
    }
}

function makeExecutable(directory: string): boolean {
    try {
        for (const name of ['fred', 'fred-launcher']) {
            fs.chmodSync(path.join(directory, name), 0o755);
        }
        return true;
    } catch {
        return false;
    }
}
