"""Run by an installed program's Python: draws, fills and photographs one sheet.

Writes FILE (JPEG) and prints the numbers on the sheet as a JSON object.
"""

import json
import sys
from pathlib import Path

import numpy as np
from tpsbox.forms.drawing import render_page
from tpsbox.forms.library import load_form
from tpsbox.simulator.count import simulate_count
from tpsbox.simulator.fill import fill_sheet
from tpsbox.simulator.photograph import Shot, photograph

DPI, PAGE = 100, 2
form = load_form("kwk-2024-bupati", paslon=3)
rng = np.random.default_rng(7)
values = simulate_count(form, rng)
sheet = fill_sheet(render_page(form, PAGE, DPI), DPI, form, PAGE, values, rng)
photo = photograph(sheet, DPI, rng, Shot(size=(1800, 2400), tilt_deg=4, light=0.2))
Path(sys.argv[1]).write_bytes(photo.jpeg)
print(json.dumps({name: number for name, number in values.items() if name.startswith("paslon_")}))
