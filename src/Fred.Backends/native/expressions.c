/* The expressions a replica is to evaluate on its way: `look` and `watch`. */
#include "expressions.h"

#include <string.h>

#include "commands.h"
#include "inject.h"
#include "protocol.h"
#include "run.h"
#include "session.h"
#include "text.h"

enum { MAX_DETAIL = 1024, EXPRESSION_SEPARATOR = 0x1e };

/* The agent's answer to an expression: empty, `?` for one that may change the program, or why it is none. */
static void answer_compiled(const char *word, const char *reply)
{
    if (*reply == '?') {
        inject_touched = true;
    }
    if (*reply == '\0' || *reply == '?') {
        commands_answer(word);
    } else {
        commands_answer_error(*reply == '!' ? reply + 1 : reply);
    }
}

void expressions_look(char *arguments)
{
    static char reply[MAX_DETAIL], expressions[MAX_LINE + 1];
    int64_t id = text_number(text_next_word(&arguments));
    size_t used = 0;
    expressions[0] = '\0';
    for (char *word; (word = text_next_word(&arguments)) != NULL; used = strlen(expressions)) {
        if (used > 0) {
            expressions[used++] = EXPRESSION_SEPARATOR;
        }
        strcpy(expressions + used, text_decode(word)); /* no longer than the line they came in */
    }
    if (session.mode != MODE_REPLAY) {
        commands_answer_error("look needs a replica");
        return;
    }
    strcpy(reply, "the expressions could not be compiled");
    inject_perturbing("prepare", id, expressions, reply, sizeof reply);
    answer_compiled(MSG_LOOKING, reply);
}

void expressions_watch(char *arguments)
{
    static char reply[MAX_DETAIL];
    char *expression = text_next_word(&arguments), *scope = text_next_word(&arguments);
    if (expression == NULL || scope == NULL || session.mode != MODE_REPLAY) {
        commands_answer_error("watch needs an expression and a scope, and a replica");
        return;
    }
    strcpy(reply, "the expression could not be compiled");
    run_set_watch_scope(text_decode(scope));
    inject_perturbing("watch", 0, text_decode(expression), reply, sizeof reply);
    answer_compiled(MSG_WATCHING, reply);
}
