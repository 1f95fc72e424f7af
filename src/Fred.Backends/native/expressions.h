/* The messages that give a replica expressions to evaluate (docs/agent-protocol.md, section 2.3). */
#ifndef FRED_EXPRESSIONS_H
#define FRED_EXPRESSIONS_H

/* `look`: what is evaluated at a breakpoint in mode hits. */
void expressions_look(char *arguments);

/* `watch`: what is evaluated in modes watch and changes. */
void expressions_watch(char *arguments);

#endif
