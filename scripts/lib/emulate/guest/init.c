/* Process 1 of the first disk: loads the drivers of the real disk and goes over to it.
   Debian's own looks for every device there may be, which takes an emulated processor long. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *const drivers[] = {"virtio_blk", "crc16",      "mbcache", "crc32c_generic",
                                      "crc32c-intel", "jbd2", "ext4",    NULL};

static void check(int result, const char *what) {
  if (result < 0) {
    perror(what);
    sleep(3600);
  }
}

int main(int count, char **words) {
  (void)count;
  check(mount("dev", "/dev", "devtmpfs", 0, ""), "/dev");
  for (const char *const *driver = drivers; *driver; driver++) {
    char path[64];
    snprintf(path, sizeof path, "/%s.ko", *driver);
    int file = open(path, O_RDONLY);
    check(file, path);
    check((int)syscall(SYS_finit_module, file, "", 0), path);
    close(file);
  }
  /* The journal of a disk whose power was cut is played back here. */
  check(mount("/dev/vda", "/root", "ext4", 0, ""), "/dev/vda");
  check(mount("/dev", "/root/dev", NULL, MS_MOVE, NULL), "/root/dev");
  check(chdir("/root"), "/root");
  check(mount(".", "/", NULL, MS_MOVE, NULL), "/");
  check(chroot("."), "chroot");
  words[0] = "/sbin/init";
  check(execv(words[0], words), words[0]);
}
