/* CPython from outside: see python.h. What is assumed of its memory, besides python_api.h: PyThreadState holds the recursion counter as an int in its first 512 bytes;
 * where it counts down, the limit from which it does follows. */
#include "python.h"

#include <string.h>

#include "conditions.h"
#include "fred.h"
#include "python_api.h"

/* Depths are never negative, even for a caller of the frame that calibrated. */
enum { STATE_INTS = 128, CALIBRATIONS = 4, DEPTH_OF_CALIBRATION = 16, UNKNOWN_DEPTH = 1 << 20, STATE_BREAKER_WORD = 3, DROP_REQUEST = 1 };
/* Calls that the agent may need, and how many frames below the limit it is given them. */
enum { ROOM = 1000, NEAR = 300 };

static void *agent_callback, *gc_freeze;
static int32_t program_depth = INT32_MAX;
static const int uncalibrated[2];
const int *python_counter = uncalibrated;
int python_counter_sign, python_counter_offset, python_limit_mask;
static int unknown[2], counter_index;
static int calibration[CALIBRATIONS][STATE_INTS];

void fred_calibrate(int i)
{
    python_resolve();
    if (i >= 0 && i < CALIBRATIONS) {
        memcpy(calibration[i], py.PyThreadState_Get(), sizeof calibration[i]);
    }
}

static bool moves_by(int index, int step)
{
    for (int i = 1; i < CALIBRATIONS; i++) {
        if (calibration[i][index] - calibration[i - 1][index] != step) {
            return false;
        }
    }
    return true;
}

int fred_calibrate_done(void)
{
    for (int index = 0; index < STATE_INTS - 1; index++) {
        int sign = moves_by(index, 1) ? 1 : moves_by(index, -1) ? -1 : 0;
        if (sign != 0) {
            const int limit = calibration[0][index + 1];
            python_counter = (const int *)py.PyThreadState_Get() + index;
            python_counter_sign = sign;
            python_limit_mask = sign < 0 && limit == py.Py_GetRecursionLimit() ? -1 : 0;
            python_counter_offset = DEPTH_OF_CALIBRATION - sign * calibration[0][index] - (limit & python_limit_mask);
            counter_index = index;
            unknown[0] = sign * (UNKNOWN_DEPTH - python_counter_offset);
            return 1;
        }
    }
    return 0;
}

const int *python_unknown_counter(void) { return unknown; }

void python_find_counter(void)
{
    if (python_counter == unknown && python_counter_sign != 0) {
        python_counter = (const int *)py.PyThreadState_Get() + counter_index;
    }
}

void python_forget_counters(void)
{
    python_counter = uncalibrated;
    python_counter_sign = python_counter_offset = python_limit_mask = 0;
}

bool python_ready(void) { return agent_callback != NULL; }

void python_set_callback(void *callback)
{
    python_resolve();
    py.Py_IncRef(callback);
    agent_callback = callback;
    struct object *gc = py.PyImport_ImportModule("gc"); /* built in */
    gc_freeze = gc != NULL ? py.PyObject_GetAttrString(gc, "freeze") : NULL;
}

void python_freeze(void)
{
    struct object *none = gc_freeze != NULL ? py.PyObject_CallFunction(gc_freeze, NULL) : NULL;
    if (none != NULL) {
        py.Py_DecRef(none);
    }
}

/* 3.13: a thread is asked for the GIL by a bit in its state. */
static bool breaker_is_in_state(void) { return strncmp(py.Py_GetVersion(), "3.13", 4) == 0; }

static void take_again(void) { py.PyEval_AcquireThread(py.PyThreadState_Get()); }

void python_repeat_request(void)
{
    if (!conditions_gave_away()) {
        return;
    }
    if (breaker_is_in_state()) {
        *((uintptr_t *)py.PyThreadState_Get() + STATE_BREAKER_WORD) |= DROP_REQUEST;
    } else {
        conditions_ask_again(take_again);
    }
}

void python_take_gil(void) { py.PyGILState_Ensure(); }

static bool is_near_the_limit(void)
{
    return python_counter_sign < 0 ? *python_counter < NEAR : python_counter_sign > 0 && py.Py_GetRecursionLimit() - *python_counter < NEAR;
}

void python_give_room(void) { py.Py_SetRecursionLimit(py.Py_GetRecursionLimit() + ROOM); }

static bool call(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value)
{
    struct object *result = py.PyObject_CallFunction(agent_callback, "sLs", op, (long long)number, text);
    if (result == NULL) {
        py.PyErr_Print();
        return false;
    }
    if (result->type == py.PyLong_Type) {
        if (value != NULL) {
            *value = py.PyLong_AsLong(result);
        }
    } else if (reply != NULL && size > 0) {
        const char *utf8 = py.PyUnicode_AsUTF8(result);
        if (utf8 != NULL) {
            strncpy(reply, utf8, size - 1);
            reply[size - 1] = '\0';
        } else {
            py.PyErr_Clear(); /* None, or text with lone surrogates: no answer */
        }
    }
    py.Py_DecRef(result);
    return true;
}

bool python_call(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value)
{
    if (agent_callback == NULL) {
        return false;
    }
    program_depth = python_depth();
    const bool needs_room = is_near_the_limit();
    const int limit = needs_room ? py.Py_GetRecursionLimit() : 0;
    if (needs_room) {
        python_give_room();
    }
    const bool answered = call(op, number, text, reply, size, value);
    if (needs_room) {
        py.Py_SetRecursionLimit(limit);
    }
    program_depth = INT32_MAX;
    return answered;
}

int32_t python_program_depth(void)
{
    const int32_t depth = python_depth();
    return depth < program_depth ? depth : program_depth;
}
