#!/bin/sh
# Runs inside the new root: the driver of the pins, picamera2 and lgpio, as on a Raspberry Pi.
set -eu
kernel=$(ls /lib/modules)
export HOME=/root DEBIAN_FRONTEND=noninteractive
unset PIP_FIND_LINKS || true

# gpio-sim: Debian's kernel is built without it. Its source is that of the very same kernel.
cd /root
apt-get update -qq
apt-get install -qq -y --no-install-recommends xz-utils >/dev/null
apt-get download -qq linux-source-6.12
dpkg --fsys-tarfile linux-source-6.12_*.deb |
  tar x --to-stdout ./usr/src/linux-source-6.12.tar.xz |
  tar xJ --wildcards 'linux-source-6.12/drivers/gpio/gpio-sim.c' 'linux-source-6.12/kernel/irq/irq_sim.c'
mkdir module
cp linux-source-6.12/drivers/gpio/gpio-sim.c module/gpio-sim-main.c
cp linux-source-6.12/kernel/irq/irq_sim.c module/
# irq_to_desc is not exported to modules; the same descriptor can be had from the interrupt's data.
sed -i -e 's/irq_to_desc(irqnum)/irq_data_to_desc(irq_get_irq_data(irqnum))/' \
  -e 's|#include <linux/irq_work.h>|&\n#include <linux/irqdesc.h>|' module/irq_sim.c
printf 'obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n' >module/Makefile
make -s -C "/lib/modules/$kernel/build" M=/root/module modules
install -D -m 644 -t "/lib/modules/$kernel/extra" module/gpio-sim.ko
depmod "$kernel"
rm -rf module linux-source-6.12*

# The first disk: one program, and the drivers of the real disk.
mkdir -p first/dev first/root
gcc -Os -static -Wall -Werror -o first/init guest/init.c
for driver in virtio_blk crc16 mbcache crc32c_generic crc32c-intel jbd2 ext4; do
  xz -dc "$(find "/lib/modules/$kernel" -name "$driver.ko.xz")" >"first/$driver.ko"
done
(cd first && find . | cpio --quiet -o -H newc) >/boot/first-disk
rm -r first
# Unpacking drivers at each boot would take an emulated processor seconds.
find "/lib/modules/$kernel/kernel" -name '*.ko.xz' |
  grep -E '/(arch|crypto|lib|drivers/(usb|watchdog|char|virtio))/|/(fuse|autofs4|mc|videodev|.*_net|.*failover)\.ko' |
  xargs xz -d
depmod "$kernel"

# lgpio has no wheel for this Python; its source distribution holds the C library too.
PYPI=1 pip install -q --break-system-packages --no-binary lgpio lgpio==0.2.2.0
pip install -q --break-system-packages picamera2==0.3.38
apt-get purge -qq -y xz-utils gcc make swig libcap-dev python3-dev linux-headers-amd64 >/dev/null
apt-get autoremove -qq -y >/dev/null
apt-get clean
rm -rf /root/.cache /var/lib/apt/lists/*
