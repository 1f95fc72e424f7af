#include "python_api.h"

#include <dlfcn.h>
#include <stddef.h>

struct python_api py;

void python_resolve(void)
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
    FIND(Py_GetRecursionLimit);
    FIND(Py_SetRecursionLimit);
    FIND(PyLong_Type);
    FIND(PyType_FromSpec);
#undef FIND
    py.True = dlsym(RTLD_DEFAULT, "_Py_TrueStruct");
}
