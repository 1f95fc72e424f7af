/* CPython from outside: see python.h. What is assumed of its memory: an object starts with {reference count, type}; True's count is
 * immortal when its low 32 bits are negative (3.12 on); PyThreadState holds the recursion counter as an int in its first 512 bytes; an object
 * that the collector does not track and nothing refers to may be used again when its count is set to 1. */
#include "python.h"

#include <dlfcn.h>
#include <string.h>
#include "clock.h"
#include "conditions.h"
#include "fred.h"
#include "names.h"

enum {
    SLOT_MP_SUBSCRIPT = 5, SLOT_NB_INVERT = 27, SLOT_NB_NEGATIVE = 30, SLOT_TP_CLEAR = 51, SLOT_TP_DEALLOC = 52, SLOT_TP_ITER = 62,
    SLOT_TP_ITERNEXT = 63, SLOT_TP_METHODS = 64, SLOT_TP_REPR = 66, SLOT_TP_TRAVERSE = 71
};
enum { TPFLAGS_DEFAULT = 1 << 18, TPFLAGS_HAVE_GC = 1 << 14, METH_NOARGS = 4 };
enum { SPARE_LOOPS = 64 }; /* as many nested loops and suspended generators need no allocation */
/* Depths are never negative, even for a caller of the frame that calibrated. */
enum { STATE_INTS = 128, CALIBRATIONS = 4, DEPTH_OF_CALIBRATION = 16, UNKNOWN_DEPTH = 1 << 20, STATE_BREAKER_WORD = 3, DROP_REQUEST = 1 };

struct object { int64_t references; void *type; };
struct type_slot { int slot; void *function; };
struct type_spec { const char *name; int basic_size, item_size; unsigned flags; struct type_slot *slots; };

/* The iterator of a `for` statement: the program's own one, and a tick each time the loop comes back to its header. */
struct loop {
    struct object object;
    struct probe *probe;
    struct object *iterated; /* the iterable until the loop begins, then its iterator */
    bool entered;
};

struct method { const char *name; void *function; int flags; const char *doc; };

static struct {
    struct object *(*PyType_FromSpec)(struct type_spec *);
    struct object *(*PyType_GenericAlloc)(void *, int64_t);
    struct object *(*PyUnicode_FromString)(const char *);
    const char *(*PyUnicode_AsUTF8)(struct object *);
    struct object *(*PyObject_CallFunction)(void *, const char *, ...);
    struct object *(*Py_BuildValue)(const char *, ...);
    long (*PyLong_AsLong)(struct object *);
    void (*Py_IncRef)(void *);
    void (*Py_DecRef)(void *);
    void (*PyErr_Print)(void);
    void (*PyErr_Clear)(void);
    struct object *(*PyErr_NoMemory)(void);
    struct object *(*PyObject_GetIter)(struct object *);
    struct object *(*PyIter_Next)(struct object *);
    void (*PyObject_GC_Track)(void *);
    void (*PyObject_GC_UnTrack)(void *);
    void (*PyObject_GC_Del)(void *);
    void *(*PyThreadState_Get)(void);
    int (*PyGILState_Ensure)(void);
    void (*PyEval_AcquireThread)(void *);
    struct object *(*PyImport_ImportModule)(const char *);
    struct object *(*PyObject_GetAttrString)(struct object *, const char *);
    const char *(*Py_GetVersion)(void);
    struct object *True, *NotImplemented;
    void *PyLong_Type;
} py;

static void *probe_type, *entry_type, *header_type, *loop_type, *agent_callback, *gc_freeze;
static struct loop *spare_loops[SPARE_LOOPS];
static int spare_loop_count;
static const int uncalibrated;
const int *python_counter = &uncalibrated;
int python_counter_sign, python_counter_offset;
static bool breaker_in_state; /* 3.13: a thread is asked for the GIL by a bit in its state */
static int unknown, counter_index;
static int calibration[CALIBRATIONS][STATE_INTS];

static void resolve(void)
{
    if (py.PyType_FromSpec != NULL) {
        return;
    }
#define FIND(name) *(void **)&py.name = dlsym(RTLD_DEFAULT, #name)
    FIND(PyType_GenericAlloc);
    FIND(PyUnicode_FromString);
    FIND(PyUnicode_AsUTF8);
    FIND(PyObject_CallFunction);
    FIND(Py_BuildValue);
    FIND(PyLong_AsLong);
    FIND(Py_IncRef);
    FIND(Py_DecRef);
    FIND(PyErr_Print);
    FIND(PyErr_Clear);
    FIND(PyErr_NoMemory);
    FIND(PyObject_GetIter);
    FIND(PyIter_Next);
    FIND(PyObject_GC_Track);
    FIND(PyObject_GC_UnTrack);
    FIND(PyObject_GC_Del);
    FIND(PyThreadState_Get);
    FIND(PyGILState_Ensure);
    FIND(PyEval_AcquireThread);
    FIND(PyImport_ImportModule);
    FIND(PyObject_GetAttrString);
    FIND(Py_GetVersion);
    FIND(PyLong_Type);
    FIND(PyType_FromSpec);
#undef FIND
    breaker_in_state = strncmp(py.Py_GetVersion(), "3.13", 4) == 0;
    py.True = dlsym(RTLD_DEFAULT, "_Py_TrueStruct");
    py.NotImplemented = dlsym(RTLD_DEFAULT, "_Py_NotImplementedStruct");
}

static struct object *with_reference(struct object *object)
{
    if ((int32_t)object->references >= 0) { /* not immortal */
        object->references++;
    }
    return object;
}

/* -P: tick, True. */
static struct object *probe_negative(struct probe *probe)
{
    clock_execute(probe);
    return with_reference(py.True);
}

/* The same for a probe that enters an activation. A type of its own: the common probe then need not ask. */
static struct object *entry_negative(struct probe *probe)
{
    clock_enter(probe);
    return with_reference(py.True);
}

/* ~P: P itself. The compiler folds nothing and warns of nothing when this, instead of a constant, is subscripted. */
static struct object *probe_invert(struct object *probe) { return with_reference(probe); }

/* (~P)[value]: tick, value. Of all operators only this one passes every value on: a binary one could not return NotImplemented. */
static struct object *probe_subscript(struct probe *probe, struct object *value)
{
    if (probe->enters) {
        clock_enter(probe);
    } else {
        clock_execute(probe);
    }
    return with_reference(value);
}

/* (~P)[iterable] of a loop's header: what becomes its iterator. Three instructions an iteration less than a statement at the end of the body, and right by
 * itself after `continue`, wherever that stands. Used again rather than freed: many loops are short. */
static struct object *header_subscript(struct probe *probe, struct object *iterable)
{
    struct loop *loop;
    if (spare_loop_count > 0) {
        loop = spare_loops[--spare_loop_count];
        loop->object.references = 1;
        py.PyObject_GC_Track(loop);
    } else if ((loop = (struct loop *)py.PyType_GenericAlloc(loop_type, 0)) == NULL) {
        return NULL;
    }
    loop->probe = probe; /* lives for ever */
    loop->iterated = with_reference(iterable);
    loop->entered = false;
    return &loop->object;
}

/* Here and not above, so that "object is not iterable" is raised by the instruction that raises it in the plain program. */
static struct object *loop_iter(struct loop *loop)
{
    struct object *iterable = loop->iterated;
    struct object *iterator = py.PyObject_GetIter(iterable);
    if (iterator == NULL) {
        return NULL;
    }
    loop->iterated = iterator;
    py.Py_DecRef(iterable);
    return with_reference(&loop->object);
}

static struct object *loop_next(struct loop *loop)
{
    if (loop->entered) {
        clock_execute(loop->probe);
    }
    loop->entered = true;
    return py.PyIter_Next(loop->iterated);
}

static int loop_traverse(struct loop *loop, int (*visit)(struct object *, void *), void *argument)
{
    return loop->iterated != NULL ? visit(loop->iterated, argument) : 0;
}

static int loop_clear(struct loop *loop)
{
    struct object *iterated = loop->iterated;
    loop->iterated = NULL;
    if (iterated != NULL) {
        py.Py_DecRef(iterated);
    }
    return 0;
}

/* A spare one keeps its reference to its type. */
static void loop_dealloc(struct loop *loop)
{
    py.PyObject_GC_UnTrack(loop);
    loop_clear(loop);
    if (spare_loop_count < SPARE_LOOPS) {
        spare_loops[spare_loop_count++] = loop;
    } else {
        py.PyObject_GC_Del(loop);
        py.Py_DecRef(loop_type);
    }
}

static struct object *probe_repr(struct object *self)
{
    (void)self;
    return py.PyUnicode_FromString("<fred probe>");
}

/* Code that holds a probe stays picklable by third-party picklers: elsewhere the probe is 0, and -0 does no harm. */
static struct object *probe_reduce(struct object *self, void *arguments)
{
    (void)self;
    (void)arguments;
    return py.Py_BuildValue("(O(i))", py.PyLong_Type, 0);
}

/* The iterator of the loop on its own: what the interpreter asks of it, and what the collector does (a suspended generator may be part of a cycle). */
static void make_loop_type(void)
{
    static struct type_slot slots[] = {
        {SLOT_TP_ITER, loop_iter}, {SLOT_TP_ITERNEXT, loop_next}, {SLOT_TP_TRAVERSE, loop_traverse},
        {SLOT_TP_CLEAR, loop_clear}, {SLOT_TP_DEALLOC, loop_dealloc}, {0, NULL}};
    static struct type_spec spec = {"fred.Loop", sizeof(struct loop), 0, TPFLAGS_DEFAULT | TPFLAGS_HAVE_GC, slots};
    loop_type = py.PyType_FromSpec(&spec);
}

static bool make_probe_types(void)
{
    static struct method methods[] = {{"__reduce__", probe_reduce, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};
    static struct type_slot slots[] = {
        {SLOT_NB_NEGATIVE, probe_negative}, {SLOT_NB_INVERT, probe_invert}, {SLOT_MP_SUBSCRIPT, probe_subscript},
        {SLOT_TP_REPR, probe_repr}, {SLOT_TP_METHODS, methods}, {0, NULL}};
    static struct type_spec spec = {"fred.Probe", sizeof(struct probe), 0, TPFLAGS_DEFAULT, slots};
    if (probe_type == NULL) {
        resolve();
        probe_type = py.PyType_FromSpec(&spec);
        slots[0].function = entry_negative;
        entry_type = py.PyType_FromSpec(&spec);
        slots[0].function = probe_negative;
        slots[2].function = header_subscript;
        header_type = py.PyType_FromSpec(&spec);
        make_loop_type();
    }
    return probe_type != NULL && entry_type != NULL && header_type != NULL && loop_type != NULL;
}

PyObject *fred_probe(int file, int line, int end_line, int call_line, const char *function, int kinds, int enters)
{
    if (!make_probe_types()) {
        return NULL;
    }
    const char *qualified = names_intern(function), *dot = strrchr(function, '.');
    const char *name = dot != NULL ? names_intern(dot + 1) : qualified;
    void *type = enters ? entry_type : kinds & FRED_AGAIN ? header_type : probe_type;
    struct probe *probe = (struct probe *)py.PyType_GenericAlloc(type, 0);
    if (probe == NULL) {
        return NULL;
    }
    probe->file = file;
    probe->line = line;
    probe->end_line = end_line;
    probe->call_line = call_line;
    probe->function = name != NULL ? name : "";
    probe->qualified = qualified != NULL ? qualified : "";
    probe->kinds = (uint8_t)kinds;
    probe->enters = (uint8_t)enters;
    if (!clock_register(probe)) {
        py.Py_DecRef(probe);
        return (PyObject *)py.PyErr_NoMemory();
    }
    probe->references++; /* clock_probes keeps it for ever */
    return (PyObject *)probe;
}

void fred_calibrate(int i)
{
    resolve();
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
    for (int index = 0; index < STATE_INTS; index++) {
        int sign = moves_by(index, 1) ? 1 : moves_by(index, -1) ? -1 : 0;
        if (sign != 0) {
            python_counter = (const int *)py.PyThreadState_Get() + index;
            python_counter_sign = sign;
            python_counter_offset = DEPTH_OF_CALIBRATION - sign * calibration[0][index];
            counter_index = index;
            unknown = sign * (UNKNOWN_DEPTH - python_counter_offset);
            return 1;
        }
    }
    return 0;
}

const int *python_unknown_counter(void) { return &unknown; }

void python_find_counter(void)
{
    if (python_counter == &unknown && python_counter_sign != 0) {
        python_counter = (const int *)py.PyThreadState_Get() + counter_index;
    }
}

bool python_ready(void) { return agent_callback != NULL; }

void python_set_callback(void *callback)
{
    resolve();
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

static void take_again(void) { py.PyEval_AcquireThread(py.PyThreadState_Get()); }

void python_repeat_request(void)
{
    if (!conditions_gave_away()) {
        return;
    }
    if (breaker_in_state) {
        *((uintptr_t *)py.PyThreadState_Get() + STATE_BREAKER_WORD) |= DROP_REQUEST;
    } else {
        conditions_ask_again(take_again);
    }
}

void python_take_gil(void) { py.PyGILState_Ensure(); }

bool python_call(const char *op, int64_t number, const char *text, char *reply, size_t size, int64_t *value)
{
    if (agent_callback == NULL) {
        return false;
    }
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
