#!/bin/sh
# The 40 pins of a Raspberry Pi 4 as lines of a simulated chip; buttons are pulled up, not pressed.
set -eu
modprobe gpio-sim
chip=/sys/kernel/config/gpio-sim/pins
[ -d "$chip" ] || {
  mkdir -p "$chip/bank0"
  echo 54 >"$chip/bank0/num_lines"
  echo pinctrl-bcm2711 >"$chip/bank0/label"
  echo 1 >"$chip/live"
}
lines=$(ls -d "/sys/devices/platform/$(cat "$chip/dev_name")"/gpiochip*)
ln -sfn "$lines" /run/emulated-pins
for button in $(cat /etc/emulated-buttons); do
  echo pull-up >"$lines/sim_gpio$button/pull"
done
# gpiozero asks /proc/cpuinfo which Pi this is.
grep -q '^Revision' /proc/cpuinfo || {
  { cat /proc/cpuinfo; printf 'Hardware\t: BCM2835\nRevision\t: c03115\nModel\t\t: Raspberry Pi 4 Model B Rev 1.5\n'; } >/run/cpuinfo
  mount --bind /run/cpuinfo /proc/cpuinfo
}
# The address that QEMU's network expects of its guest.
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
