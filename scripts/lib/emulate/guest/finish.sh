#!/bin/sh
# Runs inside the new root, last: what makes the devices, and what the emulator reaches in by.
# Arguments: the pins of buttons, which are pulled up. Files beside this one lie in /root/guest.
set -eu
here=/root/guest
site=/usr/local/lib/python3.13/dist-packages

cp "$here/pykms.py" "$here/virtual_camera.py" "$site/"
echo 'import virtual_camera  # noqa' >>"$site/picamera2/__init__.py"

install -D -m 644 "$here/virtual.yaml" /usr/share/libcamera/pipeline/virtual/virtual.yaml
mkdir -p /opt/camera/frames
install -m 755 -t /usr/local/sbin "$here/pins.sh" "$here/agent.py" "$here/commands.py"
install -m 644 -t /etc/systemd/system "$here/emulated-pins.service" "$here/emulated-agent.service"
echo "$@" >/etc/emulated-buttons
systemctl enable -q emulated-pins.service emulated-agent.service
printf 'i6300esb\nvirtio_net\n' >/etc/modules-load.d/emulate.conf
printf 'L+ /dev/dma_heap/vidbuf_cached - - - - system\n' >/etc/tmpfiles.d/emulate.conf
# As on Raspberry Pi OS: cameras fill buffers that the group video may ask for.
echo 'SUBSYSTEM=="dma_heap", GROUP="video", MODE="0660"' >/etc/udev/rules.d/60-dma-heap.rules
printf '/dev/vda / ext4 defaults,noatime 0 1\n' >/etc/fstab
# The broker's name is localhost on the machine outside, which the guest reaches as 10.0.2.2.
printf '127.0.0.1 tpsbox\n10.0.2.2 localhost\n' >/etc/hosts
echo tpsbox >/etc/hostname
# A processor that is emulated, perhaps on a busy machine, starts Python in minutes.
mkdir -p /etc/systemd/system.conf.d
for unit in tpsbox-kiosk tpsbox-uplink; do
  mkdir -p "/etc/systemd/system/$unit.service.d"
  # Where a crash was, is told in the log.
  printf '[Service]\nTimeoutStartSec=900\nEnvironment=PYTHONFAULTHANDLER=1\n' >"/etc/systemd/system/$unit.service.d/slow.conf"
done
# For the same reason process 1 may feed the hardware's watchdog late; the box's own limit is 14 s.
printf '[Manager]\nRuntimeWatchdogSec=30\n' >/etc/systemd/system.conf.d/90-slow.conf
systemctl disable -q apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer man-db.timer \
  fstrim.timer dpkg-db-backup.timer systemd-networkd 2>/dev/null || true
# What a box does without, and what a first boot would do at length.
systemctl mask -q e2scrub_reap.service systemd-networkd-wait-online.service getty@tty1.service \
  serial-getty@ttyS0.service modprobe@drm.service modprobe@efi_pstore.service \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-pstore.service
echo 6d1f0a6cb35e4790a2c4d6e8f0123456 >/etc/machine-id
touch /etc/.updated /var/.updated
# There is no time server: the emulator sets the clock.
mkdir -p /etc/systemd/timesyncd.conf.d
printf '[Time]\nFallbackNTP=\n' >/etc/systemd/timesyncd.conf.d/none.conf
for driver in kvm_amd ccp powernow_k8 aesni_intel ghash_clmulni_intel sha512_ssse3 sha256_ssse3 \
  sha1_ssse3 crct10dif_pclmul crc32_pclmul pcspkr cfg80211 floppy ata_piix ata_generic psmouse \
  serio_raw i2c_piix4 evdev button qemu_fw_cfg; do
  echo "blacklist $driver"
done >/etc/modprobe.d/emulate.conf
