// A layer under the files of a process, which plays a loss of power: at the n-th call that changes a file below a
// folder, whatever of its files was not synced is lost or torn, and the process is gone. Or a disk that fails: from
// that call on none succeeds.
//
//   LOSS_FOLDER  the folder
//   LOSS_AT      the number of the call, from 1; without it nothing is lost
//   LOSS_SEED    what is lost: all that was not synced, all after a point within it, or some blocks of it
//   LOSS_ERROR   the number of the error with which the disk fails; then nothing is lost
//   LOSS_COUNT   a file that gets the number of calls when the process ends by itself
//
// Renames and removals are taken as durable in their order, as journalling file systems do them after what was
// synced before. SQLite's files are left out: what it syncs, and when, is its own.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { FILES_MAX = 1024, BLOCK = 512 };

struct file {
    dev_t device;
    ino_t inode;
    char path[PATH_MAX];
    off_t synced; // what is durable
    int used;
};

static struct file files[FILES_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long calls;

static const char *folder(void) { return getenv("LOSS_FOLDER"); }

// The path of a file descriptor, if it is below the folder and none of SQLite's.
static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0 || !folder()) return 0;
    path[length] = 0;
    return !strncmp(path, folder(), strlen(folder())) && !strstr(path, ".sqlite");
}

static struct file *file_of(int fd) {
    char path[PATH_MAX];
    struct stat now;
    if (!path_of(fd, path) || fstat(fd, &now) || !S_ISREG(now.st_mode)) return NULL;
    struct file *free_one = NULL;
    for (int place = 0; place < FILES_MAX; place++) {
        struct file *file = &files[place];
        if (file->used && file->device == now.st_dev && file->inode == now.st_ino) {
            strcpy(file->path, path);
            // Another file can have got the number of one that was removed.
            if (now.st_size < file->synced) file->synced = now.st_size;
            return file;
        }
        if (!file->used && !free_one) free_one = file;
    }
    if (!free_one) abort();
    // What is there when it is first written to was there before.
    *free_one = (struct file){now.st_dev, now.st_ino, "", now.st_size, 1};
    strcpy(free_one->path, path);
    return free_one;
}

static unsigned long dice(unsigned long *seed, unsigned long most) {
    *seed = *seed * 6364136223846793005ul + 1442695040888963407ul;
    return (*seed >> 33) % most;
}

static void lose(struct file *file, unsigned long *seed) {
    // What has gone is not lost; another file of its name has a number of its own.
    int fd = open(file->path, O_RDWR | O_CLOEXEC);
    struct stat now;
    if (fd < 0) return;
    if (fstat(fd, &now) || now.st_ino != file->inode || now.st_size <= file->synced) {
        close(fd);
        return;
    }
    off_t lost = now.st_size - file->synced;
    unsigned long how = dice(seed, 3);
    if (how < 2) {
        off_t kept = how ? (off_t)dice(seed, (unsigned long)lost) : 0;
        if (ftruncate(fd, file->synced + kept)) abort();
    } else {
        static const char nothing[BLOCK];
        for (off_t at = file->synced; at < now.st_size; at += BLOCK) {
            off_t rest = now.st_size - at < BLOCK ? now.st_size - at : BLOCK;
            if (dice(seed, 2)) {
                ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
                if (real(fd, nothing, (size_t)rest, at) != rest) abort();
            }
        }
    }
    close(fd);
}

// Before a call that changes a file. The lock is held. Whether the call is to fail, with `errno` set.
static int count_call(void) {
    calls++;
    const char *at = getenv("LOSS_AT"), *error = getenv("LOSS_ERROR");
    if (at && error && calls >= atol(at)) {
        errno = atoi(error);
        return 1;
    }
    if (!at || error || calls != atol(at)) return 0;
    const char *text = getenv("LOSS_SEED");
    unsigned long seed = text ? strtoul(text, NULL, 10) : 1;
    for (int place = 0; place < FILES_MAX; place++)
        if (files[place].used) lose(&files[place], &seed);
    _exit(137);
}

__attribute__((destructor)) static void told(void) {
    const char *path = getenv("LOSS_COUNT");
    FILE *out = path && calls ? fopen(path, "w") : NULL;
    if (!out) return;
    fprintf(out, "%ld", calls);
    fclose(out);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    char path[PATH_MAX];
    if (path_of(fd, path)) {
        pthread_mutex_lock(&lock);
        int fails = file_of(fd) && count_call();
        pthread_mutex_unlock(&lock);
        if (fails) return -1;
    }
    return real(fd, bytes, count);
}

static int synced(int fd, int (*real)(int)) {
    char path[PATH_MAX];
    if (!path_of(fd, path)) return real(fd);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    int fails = count_call();
    struct stat now;
    if (!fails && file && !fstat(fd, &now)) file->synced = now.st_size;
    pthread_mutex_unlock(&lock);
    // Nothing here outlives the machine: what is synced is known above.
    return -fails;
}

int fsync(int fd) { return synced(fd, dlsym(RTLD_NEXT, "fsync")); }

int fdatasync(int fd) { return synced(fd, dlsym(RTLD_NEXT, "fdatasync")); }

// A path as the system has it, with its folder resolved: the last part may not be there yet.
static int resolved(const char *path, char *out) {
    char above[PATH_MAX];
    const char *last = strrchr(path, '/');
    snprintf(above, sizeof above, "%.*s", last ? (int)(last - path) : 1, last ? path : ".");
    char real[PATH_MAX];
    if (!realpath(above, real)) return 0;
    return snprintf(out, PATH_MAX, "%s/%s", real, last ? last + 1 : path) < PATH_MAX;
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    char old[PATH_MAX], new[PATH_MAX];
    if (!folder() || !resolved(from, old) || !resolved(to, new) || strncmp(new, folder(), strlen(folder())))
        return real(from, to);
    pthread_mutex_lock(&lock);
    int result = count_call() ? -1 : real(from, to);
    size_t length = strlen(old);
    for (int place = 0; !result && place < FILES_MAX; place++) {
        char path[PATH_MAX];
        struct file *file = &files[place];
        // A file, or what is in a folder: it has another name from now on.
        if (!file->used || strncmp(file->path, old, length) || !strchr("/", file->path[length])) continue;
        if (snprintf(path, sizeof path, "%s%s", new, file->path + length) < PATH_MAX) strcpy(file->path, path);
    }
    pthread_mutex_unlock(&lock);
    return result;
}

// Whether a call that makes or removes what has this path is to fail. A loss of power does not count it: it changes no
// file that was there.
static int is_refused(const char *path) {
    char real[PATH_MAX];
    const char *at = getenv("LOSS_AT"), *error = getenv("LOSS_ERROR");
    if (!at || !error || !folder() || !resolved(path, real) || strncmp(real, folder(), strlen(folder()))) return 0;
    if (strstr(real, ".sqlite")) return 0;
    pthread_mutex_lock(&lock);
    int fails = calls >= atol(at);
    pthread_mutex_unlock(&lock);
    if (fails) errno = atoi(error);
    return fails;
}

int open64(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    if (flags & (O_CREAT | O_WRONLY | O_RDWR) && is_refused(path)) return -1;
    return real(path, flags, mode);
}

int mkdir(const char *path, mode_t mode) {
    int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
    return is_refused(path) ? -1 : real(path, mode);
}

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    return is_refused(path) ? -1 : real(path);
}
