/* fred-launcher's parts. One process, one thread; all of it is gone with the session. */
#ifndef FRED_LAUNCHER_H
#define FRED_LAUNCHER_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

enum { MAX_ADOPTED = 64 };

struct options {
    const char *socket;
    const char *files[3]; /* paths for 0, 1, 2; NULL: inherited */
    bool stdout_to_stderr;
    const char *cleanup; /* directory to remove at the end */
    const char *base;   /* file with the environment that the program gets instead of ours; NULL: ours */
    char **environment; /* NAME=value... of the program, on top of that */
    char **command;
};

extern sigset_t signals_before; /* what we were started with */

/* A message to the controller with two numbers. */
void say(const char *format, long first, long second);

/* ---- options.c ---- */

bool parse(int argc, char **argv, struct options *options);
/* Takes the environment from a file, to the byte and in its order: it is part of the memory that a replay has to rebuild. What the file has of
 * `environment` keeps its place there. */
bool take_environment(const char *path);
/* Our own 0-2 are what the program gets; a branch opens them again from /proc/<our pid>/fd. */
bool redirect(const struct options *options);
/* 0 or -1. */
int open_as(const char *path, int fd);

/* ---- starting.c ---- */

void spawn(const struct options *options, long token, bool null);
/* Starts another program. The file has its NAME=value..., path and arguments, each ended by a zero byte. */
void spawn_other(long token, bool null, const char *path);

/* ---- sameness.c ---- */

/* Makes a child that is going to execute a program like other executions of it. Before it may do so; false: that is not allowed here. */
bool sameness_begin(pid_t pid);
/* After that. Returns when it has executed the program and goes on, or has ended. */
void sameness_make(pid_t pid);

/* ---- processes.c ---- */

/* Reports the children that have ended. */
void reap(void);
/* A recorded process that is somebody else's child: it can be signalled, and its end is reported. */
void adopt(pid_t pid);
/* Fills in what to wait for, and returns how many there are. */
nfds_t watch_adopted(struct pollfd events[MAX_ADOPTED]);
/* The same after the wait: reports those that have ended. */
void report_adopted(const struct pollfd events[MAX_ADOPTED], nfds_t count);
void signal_process(pid_t pid, int signal);

/* ---- ending.c ---- */

void kill_all(void);
/* The session's private directory. */
void remove_directory(const char *path);

#endif
