/* What libfred calls of CPython and knows of its memory: an object starts with {reference count, type}; True's count is immortal when its low 32 bits are
 * negative (3.12 on). */
#ifndef FRED_PYTHON_API_H
#define FRED_PYTHON_API_H

#include <stdint.h>

struct object { int64_t references; void *type; };
struct type_slot { int slot; void *function; };
struct type_spec { const char *name; int basic_size, item_size; unsigned flags; struct type_slot *slots; };

struct method { const char *name; void *function; int flags; const char *doc; };

struct python_api {
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
    int (*Py_GetRecursionLimit)(void);
    void (*Py_SetRecursionLimit)(int);
    struct object *True;
    void *PyLong_Type;
};

/* Empty before python_resolve. */
extern struct python_api py __attribute__((visibility("hidden")));

/* Finds the functions by name. Once is enough. */
void python_resolve(void);

static inline struct object *with_reference(struct object *object)
{
    if ((int32_t)object->references >= 0) { /* not immortal */
        object->references++;
    }
    return object;
}

#endif
