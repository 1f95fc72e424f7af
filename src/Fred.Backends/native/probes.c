/* Probes and the iterators of loops: the objects that the program's instrumented code calls. An object that the collector does not track and nothing refers to may be
 * used again when its count is set to 1. */
#include <stdbool.h>
#include <string.h>

#include "clock.h"
#include "fred.h"
#include "names.h"
#include "python_api.h"

enum {
    SLOT_MP_SUBSCRIPT = 5, SLOT_NB_INVERT = 27, SLOT_NB_NEGATIVE = 30, SLOT_TP_CLEAR = 51, SLOT_TP_DEALLOC = 52, SLOT_TP_ITER = 62,
    SLOT_TP_ITERNEXT = 63, SLOT_TP_METHODS = 64, SLOT_TP_REPR = 66, SLOT_TP_TRAVERSE = 71
};
enum { TPFLAGS_DEFAULT = 1 << 18, TPFLAGS_HAVE_GC = 1 << 14, METH_NOARGS = 4 };
enum { SPARE_LOOPS = 64 }; /* as many nested loops and suspended generators need no allocation */

/* The iterator of a `for` statement: the program's own one, and a tick each time the loop comes back to its header. */
struct loop {
    struct object object;
    struct probe *probe;
    struct object *iterated; /* the iterable until the loop begins, then its iterator */
    bool entered;
};

static void *probe_type, *entry_type, *header_type, *loop_type;
static struct loop *spare_loops[SPARE_LOOPS];
static int spare_loop_count;

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
        python_resolve();
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
