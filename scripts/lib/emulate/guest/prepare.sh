#!/bin/sh
# Runs inside the new root: drivers, camera and pins as a Raspberry Pi's own system would have them.
# Arguments: none. Files beside this one lie in /root/guest.
set -eu
here=/root/guest
site=/usr/local/lib/python3.13/dist-packages
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

# lgpio has no wheel for this Python; its source distribution holds the C library too.
PYPI=1 pip install -q --break-system-packages --no-binary lgpio lgpio==0.2.2.0
pip install -q --break-system-packages picamera2==0.3.38
cp "$here/pykms.py" "$here/virtual_camera.py" "$site/"
echo 'import virtual_camera  # noqa' >>"$site/picamera2/__init__.py"

install -D -m 644 "$here/virtual.yaml" /usr/share/libcamera/pipeline/virtual/virtual.yaml
mkdir -p /opt/camera/frames
install -m 755 -t /usr/local/sbin "$here/pins.sh" "$here/agent.py" "$here/commands.py"
install -m 644 -t /etc/systemd/system "$here/emulated-pins.service" "$here/emulated-agent.service"
systemctl enable -q emulated-pins.service emulated-agent.service systemd-networkd.service
printf 'i6300esb\n' >/etc/modules-load.d/emulate.conf
printf 'L+ /dev/dma_heap/vidbuf_cached - - - - system\n' >/etc/tmpfiles.d/emulate.conf
# As on Raspberry Pi OS: cameras fill buffers that the group video may ask for.
echo 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"' >/etc/udev/rules.d/60-dma-heap.rules
printf '[Match]\nName=eth0\n[Network]\nDHCP=yes\n' >/etc/systemd/network/20-eth0.network
printf '/dev/vda / ext4 defaults,noatime 0 1\n' >/etc/fstab
# The broker's name is localhost on the machine outside, which the guest reaches as 10.0.2.2.
printf '127.0.0.1 tpsbox\n10.0.2.2 localhost\n' >/etc/hosts
echo tpsbox >/etc/hostname
systemctl disable -q apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer man-db.timer \
  fstrim.timer dpkg-db-backup.timer 2>/dev/null || true
systemctl mask -q e2scrub_reap.service systemd-networkd-wait-online.service
apt-get purge -qq -y xz-utils gcc make swig libcap-dev python3-dev linux-headers-amd64 >/dev/null
apt-get autoremove -qq -y >/dev/null
apt-get clean
rm -rf /root/.cache /var/lib/apt/lists/*
