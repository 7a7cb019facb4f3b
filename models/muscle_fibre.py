"""Human muscle fibre: from the nerve's impulse through endplate, membrane and tubules to calcium and force.

The membrane is that of Wallinga and Shorten with slow, human-sized conductances; potassium gathers in the tubules. Their
potential opens the reticulum, calcium binds to troponin and the fibre pulls. Magnesium outside competes with calcium at the
junction and screens the gates; magnesium inside is another matter: it closes the reticulum's channel, occupies ATP and stands
at troponin. The two are separate inputs (`Mg`, and the parameter `Mg_i`).
"""

import re

from excitability.models.neuromuscular_junction import IMPULSE, JUNCTION, RELEASE

from excitability.divalents import (
    free_atp,
    gating_shift,
    pump_atp,
    ryanodine_block,
    ryanodine_leak,
    troponin_site,
)
from excitability.model import Event, Model
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Pulses, Step

#: The currents of a membrane, constant-field; {x} tells the surface from the tubules, {s}, {k}, {c} and {p} are densities.
CURRENTS = """
u{x} = V{x}/V_T : 1
b{x} = bernoulli(V{x}/V_T) : 1
I_Na{x} = {s}g_Na*m{x}**3*h{x}*S{x}*drive_Na{x}/Na_norm : amp/meter**2
drive_Na{x} = V_T*(Na_i*u{x} + (Na_i - Na_o)*b{x}) : volt*mole/meter**3
I_K{x} = {k}g_K*n{x}**4*h_K{x}*drive_K{x}/K_norm : amp/meter**2
drive_K{x} = V_T*(K_i*u{x} + (K_i - {K})*b{x}) : volt*mole/meter**3
I_Kir{x} = g_Kir*y_Kir{x}*K_R{x}**2/(K_S + K_R{x}**2)*drive_K{x}/K_norm : amp/meter**2
K_R{x} = {K}*({K}/K_i)**-delta_Kir : mole/meter**3
y_Kir{x} = 1 - 1/(1 + (1 + K_R{x}**2/K_S)*exp(-2*(1 - delta_Kir)*u{x})/S_Kir) : 1
I_Cl{x} = {c}g_Cl*a_Cl{x}**4*drive_Cl{x}/Cl_norm : amp/meter**2
a_Cl{x} = 1/(1 + exp((V{x} - V_Cl)/k_Cl)) : 1
drive_Cl{x} = V_T*(Cl_o*u{x} + (Cl_o - Cl_i)*b{x}) : volt*mole/meter**3
I_pump{x} = {p}F*J_pump/((1 + K_pump_K/{K})**2*(1 + K_pump_Na/Na_i)**3)*f_pump{x} : amp/meter**2
f_pump{x} = 1/(1 + 0.12*exp(-0.1*u{x}) + 0.04*sigma_pump*exp(-u{x})) : 1
"""

#: Gates of sodium and potassium channels at a potential; what they feel is V_gate.
GATES = """
dm{x}/dt = a_m*k_m*bernoulli((V_m - V_gate{x})/k_m)*(1 - m{x}) - b_m*exp((V_m - V_gate{x})/k_bm)*m{x} : 1
dh{x}/dt = a_h*exp((V_h - V_gate{x})/k_ah)*(1 - h{x}) - b_h/(1 + exp((V_h - V_gate{x})/k_bh))*h{x} : 1
dS{x}/dt = (1/(1 + exp((V_gate{x} - V_S)/k_S)) - S{x})/tau_S{x} : 1
tau_S{x} = tau_S_max/(0.2 + 5.65*((V_gate{x} + V_S_tau)/(100*mV))**2) : second
dn{x}/dt = a_n*k_n*bernoulli((V_n - V_gate{x})/k_n)*(1 - n{x}) - b_n*exp((V_n - V_gate{x})/k_bn)*n{x} : 1
dh_K{x}/dt = (1/(1 + exp((V_gate{x} - V_hK)/k_hK)) - h_K{x})/(tau_hK*exp((V_hK - V_gate{x})/k_tau_hK)) : 1
"""

_SURFACE = {"x": "", "K": "K_e", "s": "", "k": "", "c": "", "p": ""}
_TUBULE = {"x": "_t", "K": "K_t", "s": "x_Na*", "k": "x_K*", "c": "x_Cl*", "p": "x_pump*"}
_AT_REST = {"x": "_0", "K": "K_e", "s": "x_Na*", "k": "x_K*", "c": "x_Cl*", "p": "x_pump*"}


def _potassium(where: dict[str, str]) -> str:
    """The currents that carry potassium: the lines about sodium and chloride are left out."""
    lines = CURRENTS.format(**where).strip().splitlines()
    return "\n".join(line for line in lines if not re.match(r"I_Na|drive_Na|I_Cl|a_Cl|drive_Cl", line))


EQUATIONS = f"""{RELEASE}
# divalents outside screen the gates
{gating_shift.equation()}
V_gate = V - gating_shift : volt
V_gate_t = V_t - gating_shift : volt
V_sensor = V_t - f_sensor*gating_shift : volt

# magnesium inside
{ryanodine_block.equation(Mg="Mg_i")}
{ryanodine_leak.equation(Mg="Mg_i")}
{free_atp.equation(Mg="Mg_i")}
{pump_atp.equation(Mg="Mg_i")}
{troponin_site.equation(Mg="Mg_i")}

# membrane and tubules, joined by the resistance of the tubules' openings
dV/dt = (I_stim - I_endplate - I_Na - I_K - I_Kir - I_Cl - I_pump - I_access)/C_m : volt
dV_t/dt = (I_access/gamma - I_Na_t - I_K_t - I_Kir_t - I_Cl_t - I_pump_t)/C_m : volt
I_access = (V - V_t)/R_access : amp/meter**2
I_endplate = g_endplate*(V - E_endplate) : amp/meter**2
V_T = R*T/F : volt
sigma_pump = (exp(Na_o/Na_sigma) - 1)/7 : 1

# currents of the membrane
{CURRENTS.format(**_SURFACE).strip()}

# currents of the tubules
{CURRENTS.format(**_TUBULE).strip()}

# gates of the membrane
{GATES.format(x="").strip()}

# gates of the tubules
{GATES.format(x="_t").strip()}

# potassium gathers in the tubules; at V_rest in reference ions it does not
dK_t/dt = (I_K_t + I_Kir_t - 2*I_pump_t - I_rest)/(F*depth) - (K_t - K_e)/tau_K : mole/meter**3
I_rest = I_K_0 + I_Kir_0 - 2*I_pump_0 : amp/meter**2
V_0 = V_rest : volt
n_0 = 1/(1 + b_n*exp((V_n - V_rest)/k_bn)/(a_n*k_n*bernoulli((V_n - V_rest)/k_n))) : 1
h_K_0 = 1/(1 + exp((V_rest - V_hK)/k_hK)) : 1
{_potassium(_AT_REST)}

# the voltage sensor of the tubules opens the reticulum
dq/dt = a_q*(exp((V_sensor - V_q)/k_q)*(1 - q) - exp((V_q - V_sensor)/k_q)*q) : 1
dz/dt = k_r*(1 - z) - k_i*Ca_i*z : 1
J_release = P_release*q**4*z*ryanodine_block*(Ca_SR - Ca_i) : mole/meter**3/second
J_leak = P_leak*ryanodine_leak*(Ca_SR - Ca_i) : mole/meter**3/second
J_uptake = V_pump*pump_atp*Ca_i**2/(Ca_i**2 + K_pump_Ca**2) : mole/meter**3/second
P_leak = V_pump*Ca_0**2/(Ca_0**2 + K_pump_Ca**2)/(Ca_SR_0 - Ca_0) : Hz

# calcium in the myoplasm, with ATP, troponin and, in some animals, parvalbumin; and in the reticulum, with calsequestrin
dCa_i/dt = (J_release + J_leak - J_uptake - J_troponin - J_parvalbumin)/(1 + b_ATP) : mole/meter**3
b_ATP = free_atp*K_CaATP/(K_CaATP + Ca_i)**2 : 1
J_troponin = Troponin*(bind_T*(1 - y) - k_off_T*(1 - x_hold*force)*y) : mole/meter**3/second
bind_T = k_on_T*troponin_site*Ca_i : Hz
dy/dt = J_troponin/Troponin : 1
J_parvalbumin = k_on_P*Ca_i*P_free - k_off_P*Ca_P : mole/meter**3/second
P_free = Parvalbumin - Ca_P - Mg_P : mole/meter**3
dCa_P/dt = J_parvalbumin : mole/meter**3
dMg_P/dt = k_on_PMg*Mg_i*P_free - k_off_PMg*Mg_P : mole/meter**3
dCa_SR/dt = (J_uptake - J_release - J_leak)/(v_SR*(1 + b_CSQ)) + (Ca_SR_0 - Ca_SR)/tau_store : mole/meter**3
b_CSQ = CSQ*K_CSQ/(K_CSQ + Ca_SR)**2 : 1

# force: troponin lets cross-bridges form, which pull; as a share of the most there can be
dD/dt = k_a*y**n_T*(1 - D) - k_b*D : 1
dforce/dt = (f_app*D*(1/x_max - force) - g_app*force) : 1
x_max = f_app*D_max/(f_app*D_max + g_app) : 1
D_max = k_a/(k_a + k_b) : 1
"""


def _sh(value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    """A value read in a model file of Shorten and others (2007)."""
    return Parameter(value, unit, "Shorten2007", (low, high), note)


def _slow(value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    """A value of the slow fibre read in the program of Senneff and Lowery (2021)."""
    return Parameter(value, unit, "SenneffLowery2021", (low, high), note)


def _assumed(value: float, unit: str, low: float, high: float, why: str) -> Parameter:
    return Parameter(value, unit, ASSUMPTION, (low, high), why)


_CALIBRATED = (
    "calibrated, with P_release, k_i, V_pump, k_off_T, x_hold, k_a, k_b, f_app and g_app together, on twitch, force at 5 "
    "to 50 Hz and pCa; this one mainly on the "
)

# fmt: off
PARAMETERS = {
    **JUNCTION,
    **gating_shift.parameters,
    **ryanodine_block.parameters,
    **ryanodine_leak.parameters,
    **free_atp.parameters,
    **pump_atp.parameters,
    **troponin_site.parameters,
    "Mg_i": Parameter(
        0.56, "mM", "Ryschon1996", (0.1, 1.5),
        "free magnesium in the fibre, which does not follow that of plasma within hours [HessMetzgerWeingart1982]",
    ),
    "f_sensor": _assumed(
        0.0, "1", 0.0, 1.0, "share of the gating shift that the tubules' voltage sensor feels; 1 turns the sign of what "
        "plasma magnesium does to the twitch"
    ),
    # membrane
    "C_m": _slow(0.58, "uF/cm**2", 0.4, 1.0),
    "R_access": _sh(150.0, "ohm*cm**2", 40.0, 200.0),
    "gamma": _sh(4.8, "1", 3.0, 7.0, "membrane of the tubules over that of the surface"),
    "g_Na": _slow(268.0, "mS/cm**2", 134.0, 804.0, "per Na_norm; 44 to 360 in people [AlmersRobertsRuff1984]"),
    "g_K": _slow(21.6, "mS/cm**2", 10.8, 64.8, "per K_norm; 0 to 19 in people [AlmersRobertsRuff1984]"),
    "g_Cl": _slow(6.55, "mS/cm**2", 0.0, 19.65, "per Cl_norm, times a_Cl**4"),
    "g_Kir": _slow(3.7, "mS/cm**2", 1.85, 11.1, "per K_norm"),
    "J_pump": _slow(2.07e-4, "umol/cm**2/s", 1e-4, 6.21e-4),
    "x_Na": _sh(0.1, "1", 0.05, 0.2, "density in the tubules over that in the surface"),
    "x_K": _sh(0.45, "1", 0.2, 0.9),
    "x_Cl": _sh(0.1, "1", 0.05, 0.3),
    "x_pump": _sh(0.1, "1", 0.05, 0.3),
    "Na_norm": _sh(75.0, "mM", 74.0, 76.0, "turns a conductance into a constant-field permeability"),
    "K_norm": _sh(50.0, "mM", 49.0, 51.0),
    "Cl_norm": _sh(45.0, "mM", 44.0, 46.0),
    "delta_Kir": _sh(0.4, "1", 0.3, 0.5),
    "K_S": _sh(950.0, "mM**2", 760.0, 1140.0),
    "S_Kir": _sh(100.0, "1", 80.0, 120.0),
    "V_Cl": _sh(70.0, "mV", 65.0, 75.0),
    "k_Cl": _sh(150.0, "mV", 120.0, 180.0),
    "K_pump_K": _sh(1.0, "mM", 0.8, 1.2),
    "K_pump_Na": _sh(13.0, "mM", 10.0, 16.0),
    "Na_sigma": _sh(67.3, "mM", 60.0, 75.0),
    # gates
    "a_m": _sh(0.288, "1/ms/mV", 0.23, 0.35),
    "V_m": _sh(-46.0, "mV", -51.0, -41.0),
    "k_m": _sh(10.0, "mV", 8.0, 12.0),
    "b_m": _sh(1.38, "1/ms", 1.1, 1.66),
    "k_bm": _sh(18.0, "mV", 14.4, 21.6),
    "a_h": _sh(0.0081, "1/ms", 0.0065, 0.0097),
    "V_h": _sh(-45.0, "mV", -50.0, -40.0),
    "k_ah": _sh(14.7, "mV", 11.8, 17.6),
    "b_h": _sh(4.38, "1/ms", 3.5, 5.3),
    "k_bh": _sh(9.0, "mV", 7.2, 10.8),
    "V_S": _slow(-68.0, "mV", -78.0, -63.0, "slow inactivation of sodium channels"),
    "k_S": _slow(7.1, "mV", 5.7, 8.5),
    "V_S_tau": _slow(70.0, "mV", 65.0, 90.0),
    "tau_S_max": _slow(60.0, "s", 8.0, 70.0),
    "a_n": _sh(0.0131, "1/ms/mV", 0.0105, 0.0157),
    "V_n": _sh(-40.0, "mV", -45.0, -35.0),
    "k_n": _sh(7.0, "mV", 5.6, 8.4),
    "b_n": _sh(0.067, "1/ms", 0.054, 0.08),
    "k_bn": _sh(40.0, "mV", 32.0, 48.0),
    "V_hK": _sh(-40.0, "mV", -45.0, -35.0),
    "k_hK": _sh(7.5, "mV", 6.0, 9.0),
    "tau_hK": _sh(1.0, "s", 0.8, 1.2),
    "k_tau_hK": _sh(25.75, "mV", 20.6, 30.9),
    # ions
    "Na_i": _sh(12.7, "mM", 8.0, 16.0),
    "Na_o": _sh(140.0, "mM", 135.0, 147.0),
    "K_i": _sh(150.0, "mM", 135.0, 165.0),
    "K_e": _sh(4.0, "mM", 3.0, 5.5, "outside"),
    "Cl_i": _sh(5.83, "mM", 3.0, 8.0),
    "Cl_o": _sh(128.0, "mM", 100.0, 130.0),
    "T": _assumed(310.15, "K", 293.15, 313.15, "37 degrees, for what ions do to potentials; the gates' rates are those "
        "published for 20 degrees, with which impulses are as broad as in people"),
    "R": Parameter(8.314462618, "J/mol/K", "CODATA2018", (8.314, 8.3145), "gas constant"),
    "F": Parameter(96485.33212, "C/mol", "CODATA2018", (96485.0, 96486.0), "Faraday constant"),
    "depth": _sh(1e-6, "cm", 0.8e-6, 1.2e-6, "volume of the tubules over their membrane"),
    "tau_K": _slow(559.0, "ms", 350.0, 700.0, "how fast potassium leaves the tubules"),
    "V_rest": _assumed(-88.42, "mV", -92.0, -80.0, "rest of the tubules in reference ions, found by trying; there the "
        "balance of potassium is taken as even (the published models do the same with two typed currents)"),
    # release of calcium
    "a_q": _assumed(0.5, "1/ms", 0.1, 1.0, "speed of the voltage sensor, chosen so that release lasts about a millisecond"),
    "V_q": _sh(-20.0, "mV", -30.0, -10.0),
    "k_q": _assumed(16.0, "mV", 8.0, 20.0, "four particles of this slope make one of 4.5 mV in [Shorten2007]"),
    "P_release": _assumed(0.137, "1/ms", 0.02, 1.5, _CALIBRATED + "peak of the calcium transient"),
    "k_i": _assumed(0.0037, "1/ms/uM", 0.0005, 0.05, _CALIBRATED + "calcium in the tetanus; inactivation by calcium"),
    "k_r": _assumed(0.02, "1/ms", 0.005, 0.05, "recovery from it"),
    "V_pump": _assumed(2.16, "uM/ms", 0.3, 9.0, _CALIBRATED + "calcium in the tetanus"),
    "K_pump_Ca": _sh(1.0, "uM", 0.4, 1.2),
    "Ca_0": _assumed(0.05, "uM", 0.03, 0.12, "at rest"),
    "Ca_SR_0": _assumed(1000.0, "uM", 500.0, 1500.0, "free calcium of the reticulum at rest"),
    "tau_store": _assumed(100.0, "s", 20.0, 1e9, "calcium from outside fills the reticulum that slowly"),
    "K_CaATP": _sh(200.0, "uM", 150.0, 250.0, "30/0.15 uM"),
    "v_SR": _assumed(0.1, "1", 0.05, 0.12, "volume of the reticulum over that of the myoplasm"),
    "CSQ": _sh(31000.0, "uM", 20000.0, 40000.0, "calsequestrin's sites, per volume of the reticulum"),
    "K_CSQ": _sh(1250.0, "uM", 600.0, 1500.0),
    "Troponin": _assumed(
        120.0, "uM", 100.0, 280.0, "calcium sites that regulate: one in each troponin of slow fibres, two in fast ones "
        "[BaylorHollingworth2012]"
    ),
    "k_on_T": _slow(0.0885, "1/ms/uM", 0.04, 0.18),
    "k_off_T": _assumed(0.109, "1/ms", 0.03, 0.8, _CALIBRATED + "pCa50 and twitch; 0.115 in [Shorten2007]"),
    "x_hold": _assumed(
        0.72, "1", 0.0, 0.9, _CALIBRATED + "slope of force over pCa; share of troponin's off-rate that bridges hold back"
    ),
    "Parvalbumin": _assumed(0.0, "uM", 0.0, 1500.0, "none in people; 1500 in the fast muscles of mice [Shorten2007]"),
    "k_on_P": _sh(0.0417, "1/ms/uM", 0.03, 0.13),
    "k_off_P": _sh(0.0005, "1/ms", 0.0004, 0.001),
    "k_on_PMg": _sh(3.3e-5, "1/ms/uM", 2e-5, 5e-5),
    "k_off_PMg": _sh(0.003, "1/ms", 0.002, 0.004),
    # force
    "n_T": _assumed(3.0, "1", 1.0, 4.0, "troponins that act together; 2 fits twitch and tetanus less well"),
    "k_a": _assumed(0.0114, "1/ms", 0.004, 0.4, _CALIBRATED + "time to peak of the twitch"),
    "k_b": _assumed(0.0289, "1/ms", 0.008, 0.3, _CALIBRATED + "half relaxation"),
    "f_app": _assumed(0.0551, "1/ms", 0.02, 0.8, _CALIBRATED + "force at 10 Hz"),
    "g_app": _assumed(0.0211, "1/ms", 0.01, 0.2, _CALIBRATED + "half relaxation"),
}
# fmt: on

MODEL = Model(
    title="human muscle fibre, from the nerve's impulse to force",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event("V", -20.0, "mV"),
    traces={"V": "mV", "Ca_i": "uM", "force": "1", "K_t": "mM", "V_t": "mV"},
    guess={
        "V": (-88.0, "mV"),
        "V_t": (-88.0, "mV"),
        "g_rise": (0.0, "mS/cm**2"),
        "g_fall": (0.0, "mS/cm**2"),
        "Ca_P": (0.0, "uM"),
        "Mg_P": (0.0, "uM"),
        "n_ready": (1.0, "1"),
        "h": (0.9, "1"),
        "h_t": (0.9, "1"),
        "S": (0.9, "1"),
        "S_t": (0.9, "1"),
        "h_K": (1.0, "1"),
        "h_K_t": (1.0, "1"),
        "K_t": (4.0, "mM"),
        "z": (1.0, "1"),
        "Ca_i": (0.05, "uM"),
        "Ca_SR": (1000.0, "uM"),
    },
    dt=0.025,
    volley=IMPULSE,
    stimulus="I_stim",
    stimulus_unit="uA/cm**2",
    example=Pulses([Step(140.0, 5e-4, 0.005 + 0.03 * k) for k in range(4)]),
    description=__doc__,
)
