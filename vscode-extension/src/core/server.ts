import * as path from 'node:path';

/** Where the debug adapter may be, in the order in which it is looked for. */
export interface Places {
    /** The setting `fred.path`; empty when not set. */
    readonly setting: string;
    /** The extension's directory: a packaged extension carries its server in `server/`. */
    readonly extension: string;
    /** The PATH of the extension host. */
    readonly path: string;
    readonly home: string;
}

/** The server that was found, or where it was looked for in vain. */
export type Found = { readonly command: string; readonly from: 'setting' | 'extension' | 'path' } | { readonly tried: readonly string[] };

/** Looks for `fred`. A setting that names nothing is not passed over: the user meant that one. */
export function findServer(places: Places, isExecutable: (file: string) => boolean): Found {
    const wanted = expandHome(places.setting.trim(), places.home);
    if (wanted) {
        const resolved = path.isAbsolute(wanted) ? wanted : onPath(wanted, places.path, isExecutable);
        return resolved && isExecutable(resolved) ? { command: resolved, from: 'setting' } : { tried: [wanted] };
    }
    const inside = path.join(places.extension, 'server', 'fred');
    if (isExecutable(inside)) {
        return { command: inside, from: 'extension' };
    }
    const command = onPath('fred', places.path, isExecutable);
    return command ? { command, from: 'path' } : { tried: [inside, 'fred on PATH'] };
}

/** Finds a program on a PATH. */
export function onPath(name: string, searchPath: string, isExecutable: (file: string) => boolean): string | undefined {
    return searchPath.split(path.delimiter).filter(directory => path.isAbsolute(directory)).map(directory => path.join(directory, name)).find(isExecutable);
}

function expandHome(file: string, home: string): string {
    return file === '~' || file.startsWith('~/') ? path.join(home, file.slice(1)) : file;
}
