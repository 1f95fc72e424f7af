// Random numbers that the processor makes: in the program, in the C++ library, in a library loaded later, and in a child, which runs without Fred.
#include <dlfcn.h>
#include <immintrin.h>
#include <random>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long long draws[4];

__attribute__((target("rdrnd,rdseed"), noinline)) static unsigned long long draw()
{
    unsigned long long wide = 0;
    unsigned short narrow = 0;
    unsigned seed = 0;
    while (!_rdrand64_step(&wide)) {
    }
    while (!_rdrand16_step(&narrow)) {
    }
    while (!_rdseed32_step(&seed)) {
    }
    return wide ^ narrow ^ seed;
}

int main(int count, char **arguments)
{
    std::random_device device;
    draws[0] = device();
    draws[1] = draw();
    pid_t child = fork();
    if (child == 0) {
        _exit(draw() == draws[1] ? 1 : 7);
    }
    int status;
    waitpid(child, &status, 0);
    if (count > 1) {
        void *library = dlopen(arguments[1], RTLD_NOW);
        draws[2] = ((unsigned long long (*)())dlsym(library, "draw"))();
    }
    for (volatile long spin = 0; spin < 20000000; spin = spin + 1) {
    }
    draws[3] = draw();
    return WEXITSTATUS(status);
}
