#include "start.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "checkpoint.h"
#include "clock.h"
#include "control.h"
#include "identity.h"
#include "intercept.h"
#include "log.h"
#include "protocol.h"
#include "raw.h"
#include "replay.h"
#include "session.h"
#include "text.h"

struct session session = {.control = -1};

/* Far from anything the kernel chooses, so that the page is at the same place in every execution. */
#define PAGE_ADDRESS 0x7e0000000000

enum { FAULTS_TIMED = 64, FAULTS_IN_GROUP = 8, SLOW_FAULT_NS = 4000, SMALL_PAGE = 4096 };

static const uint64_t default_log_limit = (uint64_t)8 << 30;

/* The environment the program sees is the one without Fred. */
static void hide_from_environment(void)
{
    char **to = environ;
    for (char **from = environ; *from != NULL; from++) {
        if (strncmp(*from, "LD_PRELOAD=", 11) != 0 && strncmp(*from, "FRED_", 5) != 0) {
            *to++ = *from;
        }
    }
    *to = NULL;
}

void start_give_up(const char *text)
{
    struct message *message = control_message();
    message_begin(message, MSG_ERROR);
    message_text(message, text, MAX_LINE / 4);
    control_send(message);
    RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    __builtin_unreachable();
}

void start_map_page(const char *path)
{
    strncpy(session.page_path, path, sizeof session.page_path - 1);
    int64_t fd = RAW(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    int64_t page = RAW(SYS_mmap, PAGE_ADDRESS, PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0);
    if (fd < 0 || page != (int64_t)PAGE_ADDRESS) {
        start_give_up("the control page cannot be mapped");
    }
    RAW(SYS_close, fd);
    session.page = (struct page *)page;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    RAW(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* What the first touch of a page costs; the least of several groups, as others may run in between. 0 when that is not known. */
static uint64_t fault_ns(void)
{
    char *area = (char *)RAW(SYS_mmap, 0, FAULTS_TIMED * SMALL_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((int64_t)area < 0) {
        return 0;
    }
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < FAULTS_TIMED;) {
        uint64_t before = now_ns();
        for (int end = i + FAULTS_IN_GROUP; i < end; i++) {
            *(volatile char *)(area + i * SMALL_PAGE) = 1;
        }
        uint64_t took = now_ns() - before;
        least = took < least ? took : least;
    }
    RAW(SYS_munmap, area, FAULTS_TIMED * SMALL_PAGE);
    return least / FAULTS_IN_GROUP;
}

static void read_options(char *words, void (*option)(const char *word))
{
    session.log_limit = default_log_limit;
    session.page->fault_ns = fault_ns();
    session.populate = session.page->fault_ns > SLOW_FAULT_NS;
    for (char *word; (word = text_next_word(&words)) != NULL;) {
        const char *value;
        if ((value = text_option(word, "populate")) != NULL) {
            session.populate = text_number(value) != 0;
        } else if ((value = text_option(word, "sync")) != NULL) {
            session.sync = text_number(value) != 0;
        } else if ((value = text_option(word, "log-max")) != NULL) {
            session.log_limit = text_unsigned(value);
        } else {
            option(word);
        }
    }
}

/* mode <record|replay> <slot> <control page> <log> <option>... */
void start_obey_mode(void (*option)(const char *word))
{
    char *line = control_read_line();
    char *word = text_next_word(&line), *mode = text_next_word(&line), *slot = text_next_word(&line);
    char *page = text_next_word(&line), *log = text_next_word(&line);
    if (log == NULL || strcmp(word, MSG_MODE) != 0 || text_unsigned(slot) >= PAGE_SLOTS) {
        start_give_up("expected a mode");
    }
    start_map_page(text_decode(page));
    read_options(line, option);
    bool record = strcmp(mode, "record") == 0;
    checkpoint_take_slot((unsigned)text_unsigned(slot));
    int result = record ? log_create(text_decode(log), session.log_limit) : log_open(text_decode(log));
    if (result < 0) {
        start_give_up("the log cannot be opened");
    }
    identity_begin(record);
    session.role = record ? ROLE_HEAD : ROLE_REPLICA;
    session.mode = record ? MODE_RECORD : MODE_REPLAY;
    clock_slot->target = UINT64_MAX;
    if (!record) {
        replay_start(0);
    }
}

bool start_session(void)
{
    const char *socket = getenv("FRED_SOCKET");
    if (socket == NULL || strlen(socket) >= sizeof session.socket_path) {
        return false;
    }
    strcpy(session.socket_path, socket);
    hide_from_environment();
    intercept_init();
    RAW(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (control_connect() < 0) {
        RAW(SYS_exit_group, EXIT_NO_CONTROLLER);
    }
    control_hello(ROLE_NAME_PROCESS, 0);
    return true;
}
