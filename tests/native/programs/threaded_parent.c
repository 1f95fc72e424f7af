/* Forks while threads of all kinds are on their way: computing, and waiting in calls of every kind. Their parent goes on with all of them, ends their waits, and prints what each returned.
 * Argument: who forks: "main", "thread", or "last", a thread after main has ended; "rights": main, after it has given up rights. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KINDS = 10, LONG_WRITE = 300000, STACK = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, recursive, robust;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static sem_t finish;
static int go, input[2], output[2];
static volatile int started, forked, handled;
static volatile pid_t ids[KINDS];
static __thread int own = -1;

static void begin(int kind)
{
    own = kind;
    ids[kind] = gettid();
    __atomic_add_fetch(&started, 1, __ATOMIC_SEQ_CST);
}

/* Only if its id and its own variable are what they were. */
static void *end(long result) { return (void *)(own >= 0 && ids[own] == gettid() ? result : -1000L); }

static void on_signal(int signal) { handled += signal == SIGUSR1; }

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *waits_for_condition(void *kind)
{
    begin((long)kind);
    pthread_mutex_lock(&lock);
    while (!go) {
        pthread_cond_wait(&condition, &lock);
    }
    pthread_mutex_unlock(&lock);
    return end(1);
}

static void *sleeps(void *kind)
{
    double from = now();
    begin((long)kind);
    usleep(200000);
    return end(now() - from >= 0.2);
}

static void *waits_in_poll(void *kind)
{
    struct pollfd none = {-1, POLLIN, 0};
    double from = now();
    begin((long)kind);
    int result = poll(&none, 1, 300);
    return end(result == 0 && now() - from >= 0.3);
}

static void *reads(void *kind)
{
    char text[10] = "";
    begin((long)kind);
    return end(read(input[0], text, sizeof text) == 5 && strcmp(text, "hello") == 0);
}

static void *writes(void *kind)
{
    static char bytes[LONG_WRITE];
    begin((long)kind);
    for (int i = 0; i < LONG_WRITE; i++) {
        bytes[i] = i % 251;
    }
    return end(write(output[1], bytes, sizeof bytes));
}

static void *computes(void *kind)
{
    double sum = 0, expected = 0;
    long rounds = 0;
    begin((long)kind);
    for (; !forked || rounds % 1000 != 0; rounds++) {
        sum += rounds * 0.5;
    }
    for (long i = 0; i < rounds; i++) {
        expected += i * 0.5;
    }
    return end(sum == expected);
}

static void *holds_recursive(void *kind)
{
    begin((long)kind);
    pthread_mutex_lock(&recursive);
    pthread_mutex_lock(&recursive);
    while (sem_wait(&finish) < 0) { }
    return end(pthread_mutex_unlock(&recursive) == 0 && pthread_mutex_unlock(&recursive) == 0);
}

static void *dies_with_robust(void *kind)
{
    begin((long)kind);
    pthread_mutex_lock(&robust);
    while (sem_wait(&finish) < 0) { }
    return end(1);
}

static void *is_cancelled(void *kind)
{
    begin((long)kind);
    poll(NULL, 0, -1);
    return end(0);
}

static void *is_signalled(void *kind)
{
    static char stack[STACK];
    struct timespec time = {1000, 0};
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    begin((long)kind);
    int result = nanosleep(&time, &time);
    return end(result < 0 && errno == EINTR && handled == 1 && time.tv_sec >= 900);
}

static void *(*const kinds[KINDS])(void *) = {waits_for_condition, sleeps, waits_in_poll, reads, writes, computes, holds_recursive, dies_with_robust, is_cancelled, is_signalled};
static pthread_t threads[KINDS], first;

static int take_all(void)
{
    static char bytes[LONG_WRITE];
    int got = 0, right = 0;
    for (long part; got < LONG_WRITE && (part = read(output[0], bytes + got, sizeof bytes - got)) > 0; got += part) { }
    for (int i = 0; i < got; i++) {
        right += bytes[i] == (char)(i % 251);
    }
    return right;
}

static void *fork_and_go_on(void *unused)
{
    int status = 0, sum = 0;
    void *result;
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 1000; i++) {
            sum += i;
        }
        printf("child: %d, %d\n", sum, getpid() == gettid());
        exit(41);
    }
    forked = 1;
    pthread_mutex_lock(&lock);
    go = 1;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&lock);
    write(input[1], "hello", 5);
    sem_post(&finish);
    sem_post(&finish);
    printf("%d %d", pthread_cancel(threads[8]), pthread_kill(threads[9], SIGUSR1));
    printf(" %d:", take_all());
    for (int i = 0; i < KINDS; i++) {
        pthread_join(threads[i], &result);
        printf(" %ld", (long)result);
    }
    printf(", robust %d", pthread_mutex_lock(&robust) == EOWNERDEAD);
    pid_t waited = wait(&status);
    printf(", child %d %d\n", waited == child, WEXITSTATUS(status)); fflush(stdout);
    return unused;
}

static void *join_and_fork(void *unused)
{
    pthread_join(first, NULL);
    fork_and_go_on(unused);
    exit(5);
}

int main(int argc, char **argv)
{
    pthread_mutexattr_t kind;
    pthread_t other;
    const char *who = argc > 1 ? argv[1] : "main";
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&recursive, &kind);
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &kind);
    sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal, .sa_flags = SA_ONSTACK}, NULL);
    sem_init(&finish, 0, 0);
    pipe(input);
    pipe(output);
    first = pthread_self();
    for (long i = 0; i < KINDS; i++) {
        pthread_create(&threads[i], NULL, kinds[i], (void *)i);
    }
    while (started < KINDS) {
        usleep(1000);
    }
    usleep(10000); /* Fred gives each of them a turn meanwhile, at the end of which it stands in its call */
    if (strcmp(who, "rights") == 0) {
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* for this thread only */
        fork_and_go_on(NULL);
    }
    if (strcmp(who, "main") == 0) {
        fork_and_go_on(NULL);
        return 5;
    }
    pthread_create(&other, NULL, strcmp(who, "last") == 0 ? join_and_fork : fork_and_go_on, NULL);
    if (strcmp(who, "last") == 0) {
        pthread_exit(NULL);
    }
    pthread_join(other, NULL);
    return 5;
}
