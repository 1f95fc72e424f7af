/* A pool of workers serves connections over the loopback; clients are threads, too. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS = 3, CLIENTS = 4, REQUESTS = 6 };

static int listener;
static struct sockaddr_in address = {.sin_family = AF_INET};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int served[WORKERS];
static long total;

static void *work(void *number)
{
    char line[64];
    for (;;) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0) {
            return NULL;
        }
        ssize_t length = read(peer, line, sizeof line - 1);
        line[length > 0 ? length : 0] = '\0';
        pthread_mutex_lock(&lock);
        served[(long)number]++;
        pthread_mutex_unlock(&lock);
        dprintf(peer, "<%s>", line);
        close(peer);
        if (strcmp(line, "stop") == 0) {
            return NULL;
        }
    }
}

static void ask(const char *text)
{
    char reply[64];
    int peer = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(peer, (struct sockaddr *)&address, sizeof address) != 0 || write(peer, text, strlen(text)) < 0) {
        perror("client");
    }
    ssize_t length = read(peer, reply, sizeof reply);
    pthread_mutex_lock(&lock);
    total += length;
    pthread_mutex_unlock(&lock);
    close(peer);
}

static void *be_client(void *number)
{
    char text[32];
    for (int i = 0; i < REQUESTS; i++) {
        snprintf(text, sizeof text, "%ld asks %d", (long)number, i);
        ask(text);
        usleep(200);
    }
    return NULL;
}

int main(void)
{
    pthread_t workers[WORKERS], clients[CLIENTS];
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 8) != 0 || getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
        perror("server");
        return 1;
    }
    for (long i = 0; i < WORKERS; i++) {
        pthread_create(&workers[i], NULL, work, (void *)i);
    }
    for (long i = 0; i < CLIENTS; i++) {
        pthread_create(&clients[i], NULL, be_client, (void *)i);
    }
    for (int i = 0; i < CLIENTS; i++) {
        pthread_join(clients[i], NULL);
    }
    for (int i = 0; i < WORKERS; i++) {
        ask("stop");
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(workers[i], NULL);
    }
    printf("%d requests, %ld bytes\n", served[0] + served[1] + served[2], total);
    return 0;
}
