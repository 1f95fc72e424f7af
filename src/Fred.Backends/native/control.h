/* The conversation with the controller (docs/agent-protocol.md, sections 2.2 to 2.4). */
#ifndef FRED_CONTROL_H
#define FRED_CONTROL_H

#include <stdbool.h>
#include <stdint.h>
#include "clock.h"
#include "text.h"

/* Connects to session.socket_path. 0 or -errno. */
int control_connect(void);
/* First line of a connection. */
void control_hello(const char *role, uint64_t token);
/* The next line, without its newline, valid until the next call. Ends the process when the controller is gone. */
char *control_read_line(void);
/* The buffer for the next outgoing message. */
struct message *control_message(void);
void control_send(struct message *message);
/* The same for one of many: goes out with the next control_send, or when enough has come together. */
void control_send_later(struct message *message);

/* Unasked remarks for the user. */
void control_notice(const char *text);
void control_notice_number(const char *text, uint64_t number);

/* Reports a stop at an event and serves the controller until it says run. `breakpoints`: ids with commas, or "-". */
void control_stop(const char *reason, const char *breakpoints, const char *detail);
/* The same from inside a system call or signal handler, where no Python may run except in a throw-away process. */
void control_stop_in_call(const char *reason, const char *detail);
/* A stop the program cannot go on from: every `run` is answered by the same stop. */
__attribute__((noreturn)) void control_stop_for_good(const char *reason, const char *detail);
/* Tells where a process that was just forked stands; follows its hello. */
void control_report_position(void);
/* Serves a process that was just forked and waits where its parent stood. */
void control_serve(void);
/* True while the process stands inside a system call. */
bool control_is_in_call(void);

/* Where the program is. Inside a system call, between two events, nowhere: the last event that was looked at may be long ago. */
struct where control_place(void);

#endif
