"""The body: from what is eaten to the calcium and magnesium that nerve and muscle feel, over days and months.

Gut, kidney, parathyroid glands, vitamin D and bone decide two concentrations in the extracellular fluid; a barrier lets
the cord follow them slowly. Calcium and magnesium compete, weakly, in the gut and in the kidney, and three hormones that
regulate calcium need magnesium to be made or to act: that is how a lack of magnesium pulls calcium down.
"""

from excitability.model import Event, Model
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Regimen

EQUATIONS = """
# what cells feel: the ionised part of what is in the extracellular fluid
Ca_ionised = share_Ca*Ca_plasma : mole/meter**3
Mg_ionised = share_Mg*Mg_plasma : mole/meter**3
calcium = Ca_plasma/Ca_0 : 1
magnesium = Mg_plasma/Mg_0 : 1

# gut: saturable and passive uptake from each meal; each ion competes with the other for the saturable part
Ca_meal = Ca_eaten/meals : mole
Mg_meal = Mg_eaten/meals : mole
by_calcitriol = (1 + half_calcitriol)*calcitriol/(calcitriol + half_calcitriol) : 1
transport_Ca = by_calcitriol*V_Ca/(K_Ca*(1 + Mg_meal/competition_Mg) + Ca_meal) : 1
fraction_Ca = p_Ca + transport_Ca/(1 + (transport_Ca/most_Ca)**6)**(1.0/6.0) : 1
fraction_Mg = p_Mg + TRPM6*V_Mg/(K_Mg*(1 + Ca_meal/competition_Ca) + Mg_meal) : 1
absorbed_Ca = fraction_Ca*Ca_eaten : mole/second
absorbed_Mg = fraction_Mg*Mg_eaten : mole/second
obligatory_Ca = e_Ca*calcium : mole/second
obligatory_Mg = e_Mg*(1 + k_e)*magnesium/(magnesium + k_e) : mole/second

# parathyroid hormone, in multiples of normal: held back by calcium and, less, by magnesium; not released without magnesium
felt = Ca_ionised + alpha_Mg*(Mg_ionised - share_Mg*Mg_0) : mole/meter**3
n_PTH = log((PTH_max - 1)/(1 - PTH_min))/log(share_Ca*Ca_0/set_point) : 1
secretion = PTH_min + (PTH_max - PTH_min)/(1 + (clip(felt, 0*mM, 100*mM)/(set_point*set_point_shift))**n_PTH) : 1
release = (1 + (K_release/Mg_0)**6)*magnesium**6/(magnesium**6 + (K_release/Mg_0)**6) : 1
PTH = gland*secretion*release*(1 + D_on_PTH)/(1 + D_on_PTH*calcitriol) : 1
response = least_response + (1 - least_response)*magnesium**4/(magnesium**4 + (K_response/Mg_0)**4) : 1
response_0 = least_response + (1 - least_response)/(1 + (K_response/Mg_0)**4) : 1
PTH_felt = PTH*response/response_0 : 1
drive = log((PTH_felt + PTH_floor)/(1 + PTH_floor)) : 1

# kidney: what passes the glomerulus above a threshold is lost; thresholds follow from balance at the reference diet
distal_Ca = (1 - proximal_Ca)*filtered_Ca*Ca_plasma : mole/meter**3
T_Ca = T_Ca_0*(1 + PTH_on_Ca*drive)*(1 - Mg_on_Ca*(magnesium - 1) - Ca_on_Ca*(calcium - 1)) : mole/meter**3
urine_Ca = GFR*splay_Ca*log((exp(T_Ca/splay_Ca) + exp(distal_Ca/splay_Ca))/(exp(T_Ca/splay_Ca) + 1)) : mole/second
distal_Mg = filtered_Mg*Mg_plasma : mole/meter**3
T_Mg = T_Mg_0*Mg_reabsorption*(1 + PTH_on_Mg*drive - Ca_on_Mg*(calcium - 1)) : mole/meter**3
urine_Mg = GFR*splay_Mg*log((exp(T_Mg/splay_Mg) + exp(distal_Mg/splay_Mg))/(exp(T_Mg/splay_Mg) + 1)) : mole/second
reference_Ca = Ca_diet*(p_Ca + most_Ca*transport_0/(most_Ca**6 + transport_0**6)**(1.0/6.0)) - e_Ca : mole/second
transport_0 = V_Ca/(K_Ca*(1 + Mg_diet/meals/competition_Mg) + Ca_diet/meals) : 1
reference_Mg = Mg_diet*(p_Mg + V_Mg/(K_Mg*(1 + Ca_diet/meals/competition_Ca) + Mg_diet/meals)) - e_Mg : mole/second
lost_Ca = exp(reference_Ca/(GFR*splay_Ca)) : 1
T_Ca_0 = splay_Ca*log((exp((1 - proximal_Ca)*filtered_Ca*Ca_0/splay_Ca) - lost_Ca)/(lost_Ca - 1)) : mole/meter**3
lost_Mg = exp(reference_Mg/(GFR*splay_Mg)) : 1
T_Mg_0 = splay_Mg*log((exp(filtered_Mg*Mg_0/splay_Mg) - lost_Mg)/(lost_Mg - 1)) : mole/meter**3

# vitamin D, in multiples of normal: 25-hydroxylation, 1-alpha-hydroxylation and breakdown need magnesium
hydroxylation_25 = (1 + (K_25/Mg_0)**2)*magnesium**2/(magnesium**2 + (K_25/Mg_0)**2) : 1
hydroxylation_24 = (1 + (K_24/Mg_0)**2)*magnesium**2/(magnesium**2 + (K_24/Mg_0)**2) : 1
hydroxylation_1 = (1 + (K_1/Mg_0)**2)*magnesium**2/(magnesium**2 + (K_1/Mg_0)**2) : 1
dD25/dt = loss_25*(vitamin_D*hydroxylation_25 - 0.5*D25*(1 + D25*hydroxylation_24)) : 1
by_PTH = PTH_felt**b_PTH : 1
enzyme = by_PTH*(1 + by_PTH_limit)/(1 + by_PTH_limit*by_PTH)*hydroxylation_1 : 1
activated = D25*(1 + half_25D)/(D25 + half_25D)*(least_D + (1 - least_D)*enzyme) : 1
dcalcitriol/dt = loss_calcitriol*(activated + calcitriol_given/calcitriol_made - calcitriol) : 1

# bone: an exchangeable surface; deep bone is resorbed on order of both hormones, formation follows resorption, and what is
# formed takes up what there is to mineralise it
exchange = flux_bone*(calcium - Ca_surface/Ca_surface_0) : mole/second
resorption = remodelling*(1 - r_PTH - r_D + r_PTH*PTH_felt + 2*r_D*calcitriol/(1 + calcitriol)) : mole/second
dCa_surface/dt = exchange : mole
dformation/dt = (remodelling + coupling*(resorption - remodelling) - formation)/tau_formation : mole/second
mineralisation = formation*calcium*(1 + k_mineral)/(calcium + k_mineral) : mole/second
dCa_bone/dt = mineralisation - resorption : mole
Mg_from_bone = bone_Mg*(resorption - mineralisation*magnesium) : mole/second
dMg_bone/dt = -Mg_from_bone : mole

# magnesium in cells and on bone, quick and slow
uptake_quick = (Mg_quick_0*magnesium - Mg_quick)/tau_quick : mole/second
uptake_slow = (Mg_slow_0*magnesium - Mg_slow)/tau_slow : mole/second
dMg_quick/dt = uptake_quick : mole
dMg_slow/dt = uptake_slow : mole

# extracellular fluid
gained_Ca = absorbed_Ca + Ca_infused - obligatory_Ca - urine_Ca : mole/second
dCa_plasma/dt = (gained_Ca + resorption - mineralisation - exchange)/space_Ca : mole/meter**3
gained_Mg = absorbed_Mg + Mg_infused - obligatory_Mg - urine_Mg : mole/second
dMg_plasma/dt = (gained_Mg + Mg_from_bone - uptake_quick - uptake_slow)/space_Mg : mole/meter**3

# behind the barrier of the cord
dCa_cord/dt = (Ca_cord_0*clip(calcium, 1e-6, 1e6)**s_cord - Ca_cord)/tau_cord : mole/meter**3
dMg_cord/dt = (Mg_cord_0*clip(magnesium, 1e-6, 1e6)**s_cord - Mg_cord)/tau_cord : mole/meter**3

# an index of deposition in soft tissue, 1 in health: days of it add up, and nothing is taken out of the fluid
index = calcium**b_index*exp(k_index*(1 - magnesium)) : 1
ddeposit/dt = index : second
"""


def _chosen(value: float, unit: str, low: float, high: float, why: str) -> Parameter:
    return Parameter(value, unit, ASSUMPTION, (low, high), why)


def _of(source: str, value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    return Parameter(value, unit, source, (low, high), note)


_HABIT = "what a regimen changes; this is the reference"
# fmt: off
PARAMETERS = {
    # diet, treatment and disease: what may change in the course of a life
    "Ca_eaten": _chosen(20.0, "mmol/day", 0, 100,
        f"{_HABIT}: 802 mg a day; balance is neutral at 741 mg (507 to 1035) [HuntJohnson2007]"),
    "Mg_eaten": _chosen(14.4, "mmol/day", 0, 60,
        f"{_HABIT}: 350 mg a day, the adequate intake of men [EFSAmagnesium2015]"),
    "vitamin_D": _chosen(1.0, "1", 0, 2, f"{_HABIT}: supply of vitamin D from food and skin, in multiples of normal"),
    "calcitriol_given": _chosen(0.0, "ug/day", 0, 2,
        f"{_HABIT}: none; hypoparathyroidism is treated with 0.5 to 1 ug a day [Kooh1975]"),
    "Ca_infused": _chosen(0.0, "mmol/day", 0, 700, f"{_HABIT}: none into a vein"),
    "Mg_infused": _chosen(0.0, "mmol/day", 0, 1000, f"{_HABIT}: none into a vein"),
    "gland": _chosen(1.0, "1", 0, 10, f"{_HABIT}: size of the parathyroid glands, in multiples of normal"),
    "set_point_shift": _chosen(1.0, "1", 0.9, 1.3,
        f"{_HABIT}: the glands' set point for calcium, in multiples of normal"),
    "TRPM6": _chosen(1.0, "1", 0, 1,
        f"{_HABIT}: share left of the gut's saturable magnesium uptake, whose channel it is [Schlingmann2002]"),
    "Mg_reabsorption": _chosen(1.0, "1", 0.5, 1.1,
        f"{_HABIT}: the kidney's threshold for magnesium, in multiples of normal"),
    # reference state: thresholds of the kidney are those that keep it
    "Ca_diet": _chosen(20.0, "mmol/day", 15, 30, "diet at which the reference body is in balance, see Ca_eaten"),
    "Mg_diet": _chosen(14.4, "mmol/day", 10, 20, "diet at which the reference body is in balance, see Mg_eaten"),
    "Ca_0": _of("MineralRanges2020", 1.25/0.52, "mM", 2.2, 2.6, "total; 1.25 mM ionised [Schwarz1994]"),
    "Mg_0": _of("Fatemi1991", 0.85, "mM", 0.7, 1.05,
        "total; 0.80 +- 0.01 in 26 people there, ranges of laboratories around it"),
    "share_Ca": _of("CalviBushinsky2008", 0.52, "1", 0.48, 0.55,
        "ionised share of the total, without albumin or pH; with Ca_0 it must lie above the set point of the glands"),
    "share_Mg": _of("vanIngen1994", 0.65, "1", 0.55, 0.78, "ionised share of the total; 62 % in [BoronBoulpaep2016]"),
    "space_Ca": _of("OpenBoneMin2020", 14.0, "L", 12, 17, "extracellular fluid"),
    "space_Mg": _of("LuNightingale2000", 24.0, "L", 17, 31,
        "apparent volume of distribution within hours, 0.25 to 0.442 L/kg"),
    # gut
    "meals": _chosen(3.0, "1/day", 2, 6, "test meals hold one load each; more meals would absorb more"),
    "V_Ca": _of("Heaney1990", 1.29, "mmol", 1, 1.6,
        "saturable uptake from a meal; solved from 64.0 % of 15 mg and 28.6 % of 500 mg"),
    "K_Ca": _of("Heaney1990", 2.57, "mmol", 1.5, 4, "solved together with V_Ca and p_Ca"),
    "p_Ca": _of("Heaney1990", 0.20, "1", 0.1, 0.25, "passive share; 10 % without calcitriol in [Wilz1979]"),
    "most_Ca": _chosen(0.78, "1", 0.7, 0.79,
        "ceiling of the saturable share, so that never more is absorbed than eaten"),
    "half_calcitriol": _of("Wilz1979", 3.0, "1", 1.5, 6,
        "in multiples of normal; calibrated on net absorption against calcitriol: 10 % + 0.17 % per pM"),
    "V_Mg": _of("Fine1991", 1.72, "mmol", 1.4, 2.1,
        "saturable uptake from a meal; solved from 65 % of the smallest and 11 % of the largest load"),
    "K_Mg": _of("Fine1991", 2.30, "mmol", 1.8, 3, "solved together with V_Mg"),
    "p_Mg": _of("Fine1991", 0.07, "1", 0.05, 0.09, "passive share"),
    "competition_Mg": _chosen(60.0, "mmol", 30, 1000,
        "magnesium in a meal that doubles K_Ca: weak, since none was seen in men [Spencer1994]"),
    "competition_Ca": _chosen(40.0, "mmol", 20, 1000,
        "calcium in a meal that doubles K_Mg: weak, since 1000 mg more changed nothing in girls [Andon1996]"),
    "e_Ca": _of("HeaneyAbrams2004", 2.7, "mmol/day", 1.5, 3.5,
        "endogenous loss in the faeces, 102 mg a day where 30 % is absorbed"),
    "e_Mg": _chosen(1.0, "mmol/day", 0.5, 1.5,
        "through skin (0.16 [HuntJohnson2006]) and faeces; calibrated on the fall of plasma magnesium [Fatemi1991]"),
    "k_e": _chosen(0.2, "1", 0.05, 1, "these losses hardly fall until magnesium is very low, and end without any"),
    # parathyroid hormone
    "set_point": _of("Schwarz1994", 1.13, "mM", 1.05, 1.21, "ionised calcium of half-maximal secretion"),
    "PTH_max": _chosen(5.0, "1", 3, 8,
        "of normal; 16 times in [OpenBoneMin2020], 5 times within ten minutes of a fall of 0.07 mM [Toffaletti1991]"),
    "PTH_min": _of("OpenBoneMin2020", 0.2, "1", 0.1, 0.3, "of normal; 0.25 there"),
    "alpha_Mg": _of("Ferment1987", 0.3, "1", 0.2, 0.5,
        "calcium that counts like 1 of magnesium; calibrated on the fall of PTH by 30 % during infusion"),
    "K_release": _of("Takatsuki1980", 0.62, "mM", 0.5, 0.8,
        "total magnesium of half-maximal release; impaired below 0.8 mM in vitro; calibrated on [Fatemi1991]"),
    "D_on_PTH": _chosen(0.3, "1", 0.1, 0.6, "calcitriol holds the glands back; set by hand"),
    "K_response": _of("Fatemi1991", 0.5, "mM", 0.3, 0.6,
        "total magnesium of half the response to the hormone; none was missing in [Suh1973]"),
    "least_response": _chosen(0.4, "1", 0.2, 1.0,
        "response left without magnesium: between [Fatemi1991] and [Suh1973]"),
    "PTH_floor": _chosen(0.06, "1", 0.02, 0.2, "keeps the kidney's answer finite where the hormone is absent"),
    # kidney
    "GFR": _of("Soares2013", 153.0, "L/day", 120, 190, "106 +- 18 mL/min in 285 people"),
    "filtered_Ca": _of("BoronBoulpaep2016", 0.58, "1", 0.55, 0.62, "what passes the glomerulus: ionised and complexed"),
    "proximal_Ca": _of("EdwardsBonny2018", 0.60, "1", 0.5, 0.7,
        "reabsorbed with sodium and water, whatever the calcium"),
    "splay_Ca": _chosen(0.02, "mM", 0.01, 0.05, "how softly the threshold sets in; by hand"),
    "PTH_on_Ca": _chosen(0.14, "1", 0.1, 0.2,
        "threshold raised by the hormone, per e-fold; calibrated on hypoparathyroidism, total calcium near 1.85 mM"),
    "Mg_on_Ca": _chosen(0.02, "1", 0.0, 0.1, "threshold lowered by magnesium: direction after [Massry1970]"),
    "Ca_on_Ca": _chosen(0.15, "1", 0.0, 0.5, "threshold lowered by calcium through its receptor; by hand"),
    "filtered_Mg": _of("BoronBoulpaep2016", 0.70, "1", 0.65, 0.8,
        "31 % is bound to protein; 80 % diffusible in [Parfitt1976]"),
    "splay_Mg": _of("Zhang2016", 0.05, "mM", 0.03, 0.08,
        "how softly the threshold sets in; calibrated on +0.04 mM by supplements of 15 mmol a day"),
    "PTH_on_Mg": _of("Rude1980", 0.04, "1", 0.0, 0.1,
        "calibrated: with Ca_on_Mg it leaves the threshold as it is in hypo- and hyperparathyroidism"),
    "Ca_on_Mg": _of("Barker1959", 0.25, "1", 0.1, 0.5,
        "calcium raises the loss of magnesium in man; the size is an assumption, since no number could be read"),
    # vitamin D
    "K_25": _chosen(0.4, "mM", 0.2, 0.6,
        "total magnesium of half the rate of 25-hydroxylation; calibrated with K_24 on a change of sign near 75 nM "
        "[Dai2018]"),
    "K_24": _chosen(0.6, "mM", 0.4, 0.8, "the same of the breakdown of 25(OH)D"),
    "K_1": _of("Fatemi1991", 0.5, "mM", 0.35, 0.65,
        "the same of 1-alpha-hydroxylation; calibrated on calcitriol 55 to 43 pM"),
    "loss_25": _of("Jones2014", 0.0459, "1/day", 0.038, 0.058, "half-life of 25(OH)D 15.1 +- 3.1 days"),
    "loss_calcitriol": _of("OpenBoneMin2020", 2.4, "1/day", 1, 4, "half-life of calcitriol 6.9 hours"),
    "half_25D": _chosen(0.15, "1", 0.05, 0.5,
        "25(OH)D of half the production: calcitriol falls only in severe deficiency [Gallagher2013]"),
    "least_D": _chosen(0.05, "1", 0, 0.1, "production left without hormone or magnesium"),
    "b_PTH": _of("Adams1979", 1.5, "1", 1, 2,
        "calibrated with by_PTH_limit on calcitriol 63 to 92 pM with little calcium; predicts 84 to 46 with much"),
    "by_PTH_limit": _of("Adams1979", 0.5, "1", 0.2, 1, "see b_PTH"),
    "calcitriol_made": _chosen(1.0, "ug/day", 0.5, 2,
        "what the normal kidney makes; calcium in urine then rises too little with 0.5 ug given [Levine1985]"),
    # bone and soft tissue
    "remodelling": _chosen(8.0, "mmol/day", 5, 12,
        "calcium resorbed and laid down, about 320 mg a day; no source could be read"),
    "r_PTH": _chosen(0.25, "1", 0.1, 0.4, "share of resorption on order of parathyroid hormone; by hand"),
    "r_D": _chosen(0.30, "1", 0.1, 0.4, "share of resorption on order of calcitriol; by hand"),
    "coupling": _of("Rubin2008", 0.85, "1", 0.7, 1,
        "of formation to resorption: in hyperparathyroidism bone loses about 1 % a year (spine 0, hip 0.7, radius 2.3 "
        "%)"),
    "tau_formation": _chosen(90.0, "day", 60, 180, "length of a remodelling cycle"),
    "k_mineral": _chosen(0.1, "1", 0.03, 0.3, "mineralisation fails only where calcium is very low"),
    "flux_bone": _of("OpenBoneMin2020", 88.0, "mmol/day", 50, 150, "exchange with the surface of bone"),
    "Ca_surface_0": _of("OpenBoneMin2020", 100.0, "mmol", 50, 200, "exchangeable calcium of bone"),
    "bone_Mg": _of("FAOWHO2001", 0.02, "1", 0.015, 0.03, "magnesium per calcium: half of 1 mol beside 25 mol"),
    "b_index": _chosen(3.0, "1", 1, 5, "an index, not a rate: no human dose-response is known"),
    "k_index": _of("Bressendorff2018", 1.4, "1", 0.5, 2,
        "after the lengthening of T50 by magnesium; in rat vessels the sign was opposite [VillaBellosta2017]"),
    # magnesium pools
    "Mg_quick_0": _of("AvioliBerman1966", 80.0, "mmol", 50, 124,
        "124 mmol exchange within days, with the extracellular fluid and part of the slow pool"),
    "tau_quick": _of("Gullestad1994", 5.0, "day", 2, 10,
        "calibrated on the share of a load that healthy people retain (6 +- 10 %) and on [Fatemi1991]"),
    "Mg_slow_0": _of("Wallach1988", 100.0, "mmol", 60, 200,
        "about 119 mmol are lost from muscle and bone in depletion"),
    "tau_slow": _of("AvioliBerman1966", 90.0, "day", 40, 150,
        "the rest exchanges with a half-life of 1000 hours or more"),
    # the cord
    "Ca_cord_0": _chosen(1.2, "mM", 1.0, 1.4, "ionised calcium of the cord at the reference"),
    "Mg_cord_0": _chosen(0.55, "mM", 0.5, 1.1, "ionised magnesium of the cord at the reference"),
    "s_cord": _chosen(0.3, "1", 0, 1,
        "how far the cord follows plasma in the end, as a power; 20 mmol of magnesium changed nothing within 4 hours "
        "[Brewer2001]"),
    "tau_cord": _chosen(3.0, "day", 0.1, 30, "how slowly it does"),
}
# fmt: on

MODEL = Model(
    title="the body: diet, gut, kidney, hormones and bone",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event("Mg_plasma", 0.70, "mM"),
    traces={
        "Ca_plasma": "mM", "Mg_plasma": "mM", "Ca_cord": "mM", "Mg_cord": "mM", "D25": "1", "calcitriol": "1",
        "Ca_surface": "mmol", "Ca_bone": "mmol", "formation": "mmol/day", "Mg_quick": "mmol", "Mg_slow": "mmol",
        "Mg_bone": "mmol", "deposit": "day",
    },
    readouts={
        "Ca_ionised": "mM", "Mg_ionised": "mM", "PTH": "1", "PTH_felt": "1", "absorbed_Ca": "mmol/day",
        "absorbed_Mg": "mmol/day", "obligatory_Ca": "mmol/day", "obligatory_Mg": "mmol/day", "urine_Ca": "mmol/day",
        "urine_Mg": "mmol/day", "resorption": "mmol/day", "mineralisation": "mmol/day", "index": "1",
    },
    guess={
        "Ca_plasma": (1.25/0.52, "mM"), "Mg_plasma": (0.85, "mM"), "Ca_cord": (1.2, "mM"), "Mg_cord": (0.55, "mM"),
        "D25": (1.0, "1"), "calcitriol": (1.0, "1"), "Ca_surface": (100.0, "mmol"), "Ca_bone": (25000.0, "mmol"),
        "formation": (8.0, "mmol/day"), "Mg_quick": (80.0, "mmol"), "Mg_slow": (100.0, "mmol"), "Mg_bone": (500.0, "mmol"),
    },
    dt=0.05,
    integrator="runge_kutta_4",
    time="day",
    changing=(
        "Ca_eaten", "Mg_eaten", "vitamin_D", "calcitriol_given", "Ca_infused", "Mg_infused", "gland", "set_point_shift",
        "TRPM6", "Mg_reabsorption",
    ),
    example=Regimen().then(0, Mg_eaten=0.5, TRPM6=0.0).then(40, Mg_eaten=60.0),
    description=__doc__
    + """
What is eaten is absorbed by halves: the reference body takes up 34 % of 802 mg of calcium and 30 % of 350 mg of magnesium.
Steady means that plasma is steady; deep bone goes on gaining or losing what formation and resorption leave over.

Not in it: phosphate and FGF23 (so no kidney failure), the loss of potassium that goes with magnesium depletion, albumin and
pH (which shift the ionised shares), oxalate and phytate of foods, growth of the glands. Calcitriol recovers within a day
after magnesium is given, where patients need longer [Rude1985]; a lack of vitamin D lowers calcium too little; the
magnesium retained after a load rises too little in depletion [Fatemi1991].
""",
)  # fmt: skip
