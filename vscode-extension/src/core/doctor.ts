// From what `fred doctor --json` says, or from how it failed, to a problem with a way out.

export interface Check {
    readonly name: string;
    readonly status: string;
    readonly detail: string;
    readonly advice?: string | null;
}

export interface Report {
    readonly ok: boolean;
    readonly checks: readonly Check[];
}

/** How a run of `fred doctor --json` ended. */
export interface DoctorRun {
    readonly report?: Report;
    /** Why there is no report. */
    readonly failure?: string;
}

/** Something the user can do about a problem, offered as a button. */
export type Fix =
    | { readonly kind: 'copy'; readonly title: string; readonly command: string }
    | { readonly kind: 'setting'; readonly title: string; readonly setting: string }
    | { readonly kind: 'report'; readonly title: string };

export interface Problem {
    readonly text: string;
    readonly fixes: readonly Fix[];
}

const showReport: Fix = { kind: 'report', title: 'Show Report' };
const chooseFred: Fix = { kind: 'setting', title: 'Set Path...', setting: 'fred.path' };
const choosePython: Fix = { kind: 'setting', title: 'Set Python...', setting: 'fred.python' };

/** Reads the document; undefined when it is none. */
export function parseReport(text: string): Report | undefined {
    try {
        const value: unknown = JSON.parse(text);
        if (typeof value === 'object' && value !== null && Array.isArray((value as Report).checks) && (value as Report).checks.every(isCheck)) {
            return { ok: (value as Report).ok === true, checks: (value as Report).checks };
        }
    } catch {
        // Not JSON: an older fred, or something else that is called so.
    }
    return undefined;
}

function isCheck(value: unknown): value is Check {
    const check = value as Partial<Check> | null;
    return typeof check === 'object' && check !== null && typeof check.name === 'string' && typeof check.status === 'string' && typeof check.detail === 'string';
}

/** The server is nowhere. */
export function serverMissing(tried: readonly string[]): Problem {
    return { text: `Fred's debugger was not found (looked for ${tried.join(', ')}). Install fred, or say where it is.`, fixes: [chooseFred] };
}

/** The server is there, but does not run. */
export function serverBroken(command: string, failure: string): Problem {
    if (/install \.NET|hostfxr|DOTNET_ROOT|libhostfxr|framework.*was not found/i.test(failure)) {
        return { text: 'Fred needs the .NET 10 runtime, which was not found.', fixes: [copy('apt-get install dotnet-runtime-10.0'), showReport] };
    }
    const first = failure.split('\n').map(line => line.trim()).find(line => line.length > 0);
    return { text: `${command} could not be run${first ? `: ${first}` : '.'}`, fixes: [chooseFred, showReport] };
}

/** The problems that a report names, the worst first; undefined when it names none. */
export function problemOf(report: Report): Problem | undefined {
    const failed = report.checks.filter(check => check.status === 'failed');
    const worst = failed[0];
    return worst ? describe(worst, failed.length - 1) : undefined;
}

/** Why native programs cannot be debugged by this fred; undefined when they can. */
export function nativeProblem(report: Report): Problem | undefined {
    const gdb = report.checks.find(check => check.name === 'gdb');
    if (!gdb) {
        return {
            text: 'This version of Fred debugs Python programs only: C and C++ need a newer fred. (Set "program" to a .py file, or install a fred whose check of the machine mentions gdb.)',
            fixes: [showReport],
        };
    }
    return gdb.status === 'failed' ? describe(gdb, 0) : undefined;
}

function describe(check: Check, more: number): Problem {
    const command = commandIn(check.advice ?? '');
    const fixes: Fix[] = [];
    if (command) {
        fixes.push(copy(command));
    }
    if (check.name === 'python') {
        fixes.push(choosePython);
    }
    fixes.push(showReport);
    const said = command !== undefined && (check.advice === command || check.detail.includes(command));
    const advice = check.advice && !said ? ` ${sentence(check.advice)}` : '';
    return { text: `${sentence(check.detail)}${advice}${more > 0 ? ` (And ${more} more.)` : ''}`, fixes };
}

/** The command to type that an advice contains. */
export function commandIn(advice: string): string | undefined {
    return /\b(?:apt-get|apt|dnf) install (?:[a-z0-9][a-z0-9+.-]*[a-z0-9+](?: |(?=[,.;:)]|$)))+/.exec(advice)?.[0].trim();
}

/** The report as text, for people. */
export function format(run: DoctorRun, command: string): string {
    if (!run.report) {
        return `${command} doctor failed:\n${run.failure ?? 'no output'}\n`;
    }
    const width = Math.max(...run.report.checks.map(check => check.name.length));
    const lines = run.report.checks.flatMap(check => [
        `${check.status.padEnd(8)}${check.name.padEnd(width)}  ${check.detail}`,
        ...(check.advice ? [`${' '.repeat(10 + width)}${check.advice}`] : []),
    ]);
    return `${command} doctor\n\n${lines.join('\n')}\n\n${run.report.ok ? 'Fred works here.' : 'Fred cannot work here until the failed checks are mended.'}\n`;
}

function copy(command: string): Fix {
    return { kind: 'copy', title: 'Copy Install Command', command };
}

function sentence(text: string): string {
    const trimmed = text.trim();
    return /[.!?)]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
