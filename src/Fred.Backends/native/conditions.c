/* pthread_cond_wait, _signal and _broadcast, replaced by name for one case: Python gives its interpreter lock away when another thread has asked for it, and then
 * waits until that thread has taken it. Where no other thread runs (an inspector, an expression evaluated in a replica, a statement of the user's) it would
 * wait for ever; so would a signal whose receivers have not left their wait yet, which glibc waits for. A condition variable may wake for nothing at any time, so
 * there it does; and nobody is told of a lock that is taken back before anybody could run. */
#include "conditions.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#include "clock.h"
#include "fred.h"
#include "raw.h"
#include "session.h"
#include "threads.h"

static int (*real_wait)(pthread_cond_t *, pthread_mutex_t *);
static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static struct saved_context asking;   /* where conditions_ask_again goes on */
static int asked;                     /* how often its take of the lock has waited; 0 while it does not run */
static bool given_away;
static int (*real_signal)(pthread_cond_t *), (*real_broadcast)(pthread_cond_t *);

__attribute__((constructor(101))) static void find_real_functions(void)
{
    static const char version[] = "GLIBC_2.3.2"; /* not those for programs older than that */
    *(void **)&real_wait = dlvsym(RTLD_NEXT, "pthread_cond_wait", version);
    *(void **)&real_timedwait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", version);
    *(void **)&real_signal = dlvsym(RTLD_NEXT, "pthread_cond_signal", version);
    *(void **)&real_broadcast = dlvsym(RTLD_NEXT, "pthread_cond_broadcast", version);
}

static bool nobody_else_runs(void) { return threads_exist() && ((session.mode == MODE_OFF && session.role != ROLE_NONE) || clock_suspended); }

FRED_API int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    if (nobody_else_runs()) {
        given_away = true;
        return 0;
    }
    return real_wait(condition, mutex);
}

FRED_API int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *deadline)
{
    if (asked == 0) {
        return real_timedwait(condition, mutex, deadline);
    }
    if (asked++ == 1) {
        return ETIMEDOUT; /* now it asks for the lock, and waits again */
    }
    asked = 0;
    pthread_mutex_unlock(mutex);
    fred_resume(&asking);
}

bool conditions_gave_away(void)
{
    bool was = given_away;
    given_away = false;
    return was;
}

void conditions_ask_again(void (*take)(void))
{
    if (fred_save(&asking) == 0) {
        asked = 1;
        take();
        asked = 0;
    }
}

FRED_API int pthread_cond_signal(pthread_cond_t *condition) { return nobody_else_runs() ? 0 : real_signal(condition); }
FRED_API int pthread_cond_broadcast(pthread_cond_t *condition) { return nobody_else_runs() ? 0 : real_broadcast(condition); }
