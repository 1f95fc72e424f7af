// What is debugged when F5 is pressed: launch configurations completed, or made from the open file when there are none.

export type Configuration = { type: string; name: string; request: string } & Record<string, unknown>;

/** What is known about the editor when a session is started. */
export interface Surroundings {
    /** The open file, if it is in a file at all. */
    readonly file?: string;
    readonly language?: string;
    readonly folder?: string;
    /** The setting fred.python, or the interpreter of the Python extension. */
    readonly python?: string;
}

/** A configuration to start with, or what is wrong, in words for the user. */
export type Completed = { readonly configuration: Configuration } | { readonly problem: string };

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim().length > 0;

/** The configuration for the open file; undefined when Fred can make none. */
export function configurationFor(around: Surroundings): Configuration | undefined {
    return around.language === 'python' && around.file
        ? { type: 'fred', request: 'launch', name: 'Fred: Python file', program: around.file, cwd: around.folder ?? '${fileDirname}' }
        : undefined;
}

/** Completes what launch.json says, before variables such as ${file} are replaced. An empty configuration is F5 without a launch.json. */
export function complete(given: Partial<Configuration>, around: Surroundings): Completed {
    if (!given.type && !given.request && !given.name) {
        const made = configurationFor(around);
        return made
            ? { configuration: { ...given, ...made } }
            : { problem: around.language === 'c' || around.language === 'cpp'
                ? 'Fred does not know which program this file is built into. Add a launch configuration (Fred: C or C++ program) with its path.'
                : 'Open a Python file to debug it, or add a launch configuration.' };
    }
    const configuration = { type: 'fred', request: 'launch', name: 'Fred', ...given } as Configuration;
    if (configuration.request !== 'launch') {
        return { problem: 'Fred records a program from its start and cannot attach to a running one. Use "request": "launch".' };
    }
    if (!isText(configuration['program']) && !isText(configuration['module'])) {
        return { problem: 'The launch configuration names nothing to debug: set "program" to a file or "module" to a Python module.' };
    }
    if (isText(configuration['program']) && isText(configuration['module'])) {
        return { problem: 'The launch configuration has both "program" and "module"; remove one.' };
    }
    if (!isText(configuration['cwd']) && around.folder) {
        configuration['cwd'] = around.folder;
    }
    return { configuration };
}

/** Adds what launch.json leaves to the settings. */
export function withPython(configuration: Configuration, python: string | undefined): Configuration {
    return isText(configuration['python']) || !python ? configuration : { ...configuration, python };
}

/** Whether a native program is to be debugged. */
export function isNative(configuration: Configuration, firstBytes: (file: string) => Uint8Array | undefined): boolean {
    if (isText(configuration['backend'])) {
        return configuration['backend'] === 'gdb';
    }
    const program = configuration['program'];
    if (!isText(program) || program.endsWith('.py')) {
        return false;
    }
    const head = firstBytes(program);
    return head !== undefined && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46; // ELF
}
