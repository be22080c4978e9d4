#!/bin/sh
# Makes the prompts anew. Needs espeak-ng and sox; run from this folder. One line per prompt: name, then the text.
set -eu
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
while IFS='|' read -r name text; do
  [ -n "$name" ] || continue
  espeak-ng -v en+f3 -s 165 -p 45 -w "$work/raw.wav" "$text"
  # Trim both ends (sox trims the front only, so the sound is turned round twice), keep 30 ms of air, level, mu-law.
  sox "$work/raw.wav" -r 8000 -c 1 "$work/pcm.wav" highpass 120 \
    silence 1 0.01 0.6% reverse silence 1 0.01 0.6% reverse pad 0.02 0.04 \
    compand 0.005,0.1 -60,-60,-30,-18,0,-6 0 norm -4
  sox "$work/pcm.wav" -e mu-law -b 8 "$name.wav"
done <<TEXTS
welcome|Welcome to Ringdown.
echo-test|This is the echo test. You will hear everything you say.
the-time-is|The time is
at-the-tone|At the tone, the time will be
oclock|o'clock
oh|oh
and|and
second|second
seconds|seconds
precisely|precisely.
not-found|The number you have dialled does not exist.
unavailable|The person you have called is not available.
busy|The person you have called is busy.
please-hold|Please hold the line.
try-again|Please try again later.
goodbye|Goodbye.
0|zero
1|one
2|two
3|three
4|four
5|five
6|six
7|seven
8|eight
9|nine
10|ten
11|eleven
12|twelve
13|thirteen
14|fourteen
15|fifteen
16|sixteen
17|seventeen
18|eighteen
19|nineteen
20|twenty
30|thirty
40|forty
50|fifty
60|sixty
70|seventy
80|eighty
90|ninety
TEXTS
