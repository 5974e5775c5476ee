"""counts.py SEATTLE_WEATHER_CSV SEATTLE_COUNTS: the readings of NOTICE as a 12-bit converter would give them, three numbers of two
bytes a day, the least significant first: the day's highest and lowest temperature, -20 to 50 degrees on 0 to 4,095, and its wind, 0 to
20 m/s on the same."""

import csv
import hashlib
import sys

SOURCE = "62f0609f787158128aa2bd102967173a4953122dd4f872bf1d502cae1037df0b"
CHANNELS = {"temp_max": (-20.0, 50.0), "temp_min": (-20.0, 50.0), "wind": (0.0, 20.0)}

source, place = sys.argv[1:]
with open(source, "rb") as file:
    readings = file.read()
if hashlib.sha256(readings).hexdigest() != SOURCE:
    sys.exit(f"{source}: not the file that NOTICE names")
days = list(csv.DictReader(readings.decode().splitlines()))
counts = bytearray()
for day in days:
    for channel, (lowest, highest) in CHANNELS.items():
        share = (float(day[channel]) - lowest) / (highest - lowest)
        counts += round(4095 * min(max(share, 0.0), 1.0)).to_bytes(2, "little")
with open(place, "wb") as file:
    file.write(counts)
print(f"{len(days)} days, {days[0]['date']} to {days[-1]['date']}: {len(counts)} bytes")
