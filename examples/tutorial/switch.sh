echo "$1" > live.txt
if [ -e unplug ]; then
  rm unplug
  kill -9 $PPID
fi
