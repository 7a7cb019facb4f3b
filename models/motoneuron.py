"""Spinal motoneuron with a dendritic persistent calcium current, after Kim (2017), in two compartments.

The soma fires; the dendrite can hold a plateau. Calcium carries the plateau. Magnesium screens the gates, stands in the
calcium channels and plugs the NMDA synapse.
"""

from excitability.divalents import calcium_driving_force, calcium_entry, gating_shift, nmda_block
from excitability.model import Event, Model, Noise
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Train

EQUATIONS = f"""
# divalents: what calcium and magnesium at the cell do
{gating_shift.equation(Mg="Mg_gates")}
{calcium_entry.equation(Mg="Mg_channels")}
{calcium_driving_force.equation("E_shift")}
{nmda_block.equation("B_NMDA", V="V_dendrite", Mg="Mg_synapse")}
Mg_gates = Mg_ref + on_gating_shift*(Mg - Mg_ref) : mole/meter**3
Mg_channels = Mg_ref + on_cav_block*(Mg - Mg_ref) : mole/meter**3
Mg_synapse = Mg_ref + on_nmda_block*(Mg - Mg_ref) : mole/meter**3

# soma: impulses
dV_soma/dt = (I_noise + I_stim + I_antidromic - I_Na - I_NaP - I_Kdr - I_N - I_KCa - I_leak_soma + I_axial/p)/C_soma : volt

# dendrite: plateau
dV_dendrite/dt = (-I_CaL - I_sK - I_synapse - I_leak_dendrite - I_axial/(1 - p))/C_dendrite : volt

# coupling and leaks
I_axial = g_axial*(V_dendrite - V_soma) : amp/meter**2
I_leak_soma = g_leak_soma*(V_soma - E_leak) : amp/meter**2
I_leak_dendrite = g_leak_dendrite*(V_dendrite - E_leak) : amp/meter**2

# what the gates feel
V_gate = V_soma - gating_shift : volt
V_gate_K = V_soma - f_K*gating_shift : volt
V_gate_dendrite = V_dendrite - gating_shift : volt

# fast sodium current
I_Na = g_Na*m**3*h*(V_soma - E_Na) : amp/meter**2
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
alpha_m = a_m*k_m*bernoulli((V_alpha_m - V_gate)/k_m) : Hz
beta_m = a_m*k_m*bernoulli((V_gate - V_beta_m)/k_m) : Hz
dh/dt = (1/(1 + exp((V_gate - V_half_h)/k_h)) - h)/tau_h_Na : 1
tau_h_Na = tau_h_max/(exp((V_gate - V_tau_h)/k_tau_h1) + exp((V_tau_h - V_gate)/k_tau_h2)) : second

# persistent sodium current
I_NaP = g_NaP*p_NaP**3*(V_soma - E_Na) : amp/meter**2
dp_NaP/dt = alpha_p*(1 - p_NaP) - beta_p*p_NaP : 1
alpha_p = a_p*k_p*bernoulli((V_alpha_p - V_gate)/k_p) : Hz
beta_p = b_p*k_p*bernoulli((V_gate - V_beta_p)/k_p) : Hz

# delayed rectifier
I_Kdr = g_Kdr*n**4*(V_soma - E_K) : amp/meter**2
dn/dt = (1/(1 + exp((V_half_n - V_gate_K)/k_n)) - n)/tau_n : 1
tau_n = tau_n_max/(exp((V_gate_K - V_tau_n)/k_tau_n1) + exp((V_tau_n - V_gate_K)/k_tau_n2)) : second

# N-type calcium current, the calcium it brings in, and the potassium current that this opens
I_N = g_N*calcium_entry*c_N**2*k_N*(V_soma - (E_Ca - E_offset)) : amp/meter**2
E_Ca = R*T/(2*F)*log(Ca_bath/Ca_i) + E_shift : volt
dc_N/dt = (1/(1 + exp((V_half_c - V_gate)/k_c)) - c_N)/tau_c : 1
dk_N/dt = (1/(1 + exp((V_gate - V_half_k)/k_k)) - k_N)/tau_k : 1
dCa_i/dt = -alpha_Ca*I_N - k_Ca*Ca_i : mole/meter**3
I_KCa = g_KCa*Ca_i/(Ca_i + K_KCa)*(V_soma - E_K) : amp/meter**2

# dendritic L-type calcium current: the persistent inward current, which ends slowly by itself
I_CaL = g_CaL*calcium_entry*d*h_L*(V_dendrite - E_CaL - E_shift) : amp/meter**2
dd/dt = (1/(1 + exp((V_half_d - V_gate_dendrite)/k_d)) - d)/tau_d : 1
dh_L/dt = (h_L_inf - h_L)/tau_hL : 1
h_L_inf = on_inactivation/(1 + exp((V_gate_dendrite - V_half_hL)/k_hL)) + (1 - on_inactivation) : 1

# slow dendritic potassium current that calcium entry opens: the other way for the plateau to end, off in the standard cell
I_sK = g_sK*s_K*(V_dendrite - E_K) : amp/meter**2
ds_K/dt = (calcium_entry*d*h_L - s_K)/tau_sK : 1

# synapses on the dendrite: tonic drive and afferent volleys
I_synapse = (g_tonic + g_AMPA + g_NMDA*B_NMDA)*(V_dendrite - E_synapse) : amp/meter**2
dg_AMPA/dt = -g_AMPA/tau_AMPA : siemens/meter**2
dg_NMDA/dt = -g_NMDA/tau_NMDA : siemens/meter**2
"""


def _kim(value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    """A value read in the published model file (ModelDB 239039); the range is that of the sensitivity study."""
    return Parameter(value, unit, "Kim2017", (low, high), note)


def _assumed(value: float, unit: str, low: float, high: float, why: str) -> Parameter:
    return Parameter(value, unit, ASSUMPTION, (low, high), why)


# fmt: off
PARAMETERS = {
    **gating_shift.parameters,
    **calcium_entry.parameters,
    **calcium_driving_force.parameters,
    **nmda_block.parameters,
    "f_K": _assumed(1.0, "1", 0.15, 1.0, "share of the gating shift felt by the delayed rectifier; squid shifts both alike"),
    "on_gating_shift": _assumed(1.0, "1", 0.0, 1.0, "1: gates feel the magnesium there is; 0: as if it were Mg_ref"),
    "on_cav_block": _assumed(1.0, "1", 0.0, 1.0, "1: calcium channels feel the magnesium there is; 0: as if it were Mg_ref"),
    "on_nmda_block": _assumed(1.0, "1", 0.0, 1.0, "1: NMDA synapses feel the magnesium there is; 0: as if it were Mg_ref"),
    # passive
    "C_soma": _kim(1.058, "uF/cm**2", 0.85, 1.27),
    "C_dendrite": _kim(0.915, "uF/cm**2", 0.73, 1.1),
    "g_leak_soma": _kim(0.143, "mS/cm**2", 0.1144, 0.1716),
    "g_leak_dendrite": _kim(0.131, "mS/cm**2", 0.1048, 0.1572),
    "E_leak": _kim(-70.0, "mV", -75.0, -65.0),
    "g_axial": _kim(0.211, "mS/cm**2", 0.169, 0.253, "coupling of soma and dendrite"),
    "p": _kim(0.492, "1", 0.39, 0.59, "share of the soma in the membrane area"),
    # fast and persistent sodium
    "g_Na": _kim(26.75, "mS/cm**2", 21.4, 144.5),
    "E_Na": _kim(50.0, "mV", 45.0, 60.0),
    "a_m": _kim(0.4, "1/ms/mV", 0.32, 0.48),
    "k_m": _kim(5.0, "mV", 4.0, 6.0),
    "V_alpha_m": _kim(-49.0, "mV", -54.0, -44.0),
    "V_beta_m": _kim(-25.0, "mV", -30.0, -20.0),
    "V_half_h": _kim(-58.0, "mV", -63.0, -53.0),
    "k_h": _kim(7.0, "mV", 5.6, 8.4),
    "tau_h_max": _kim(30.0, "ms", 24.0, 36.0),
    "V_tau_h": _kim(-60.0, "mV", -65.0, -55.0),
    "k_tau_h1": _kim(15.0, "mV", 12.0, 18.0),
    "k_tau_h2": _kim(16.0, "mV", 12.8, 19.2),
    "g_NaP": _kim(0.00086, "mS/cm**2", 0.000688, 0.001032),
    "a_p": _kim(0.0353, "1/ms/mV", 0.0282, 0.0424),
    "b_p": _kim(0.000883, "1/ms/mV", 0.000706, 0.00106),
    "k_p": _kim(5.0, "mV", 4.0, 6.0),
    "V_alpha_p": _kim(-21.4, "mV", -26.4, -16.4),
    "V_beta_p": _kim(-25.7, "mV", -30.7, -20.7),
    # delayed rectifier
    "g_Kdr": _kim(6.2, "mS/cm**2", 4.96, 7.44),
    "E_K": _kim(-80.0, "mV", -90.0, -75.0),
    "V_half_n": _kim(-31.0, "mV", -36.0, -26.0),
    "k_n": _kim(15.0, "mV", 12.0, 18.0),
    "tau_n_max": _kim(5.0, "ms", 4.0, 6.0),
    "V_tau_n": _kim(-50.0, "mV", -55.0, -45.0),
    "k_tau_n1": _kim(40.0, "mV", 32.0, 48.0),
    "k_tau_n2": _kim(50.0, "mV", 40.0, 60.0),
    # N-type calcium current and calcium-activated potassium current
    "g_N": _kim(0.008, "mS/cm**2", 0.0064, 0.0096),
    "V_half_c": _kim(-25.0, "mV", -30.0, -20.0),
    "k_c": _kim(5.0, "mV", 4.0, 6.0),
    "tau_c": _kim(15.0, "ms", 12.0, 18.0),
    "V_half_k": _kim(-43.0, "mV", -48.0, -38.0),
    "k_k": _kim(5.0, "mV", 4.0, 6.0),
    "tau_k": _kim(50.0, "ms", 40.0, 60.0),
    "Ca_bath": _kim(2.0, "mM", 1.0, 2.5, "calcium outside in the file's Nernst potential; E_shift moves it with the ions"),
    "E_offset": _kim(70.0, "mV", 0.0, 70.0, "the file subtracts 70 mV from the Nernst potential; kept"),
    "alpha_Ca": _kim(0.01, "mM*cm**2/(ms*uA)", 0.008, 0.012, "free-calcium factor 0.01 times calcium per current"),
    "k_Ca": _assumed(
        0.02, "1/ms", 0.011, 0.1,
        "calcium removal, time constant 50 ms; chosen for cramp-like rates inside the 10 to 90 ms of [PowersHeckman2017]; "
        "[Kim2017] has 0.08",
    ),
    "g_KCa": _assumed(
        0.75, "mS/cm**2", 0.54, 1.08, "chosen for cramp-like rates; [Kim2017] has 0.54, at which it fires at 30 to 40 Hz"
    ),
    "K_KCa": _kim(0.0005, "mM", 0.0004, 0.0006),
    # dendritic L-type calcium current
    "g_CaL": _assumed(
        0.175, "mS/cm**2", 0.104, 0.389,
        "placed so that the normal cell's threshold frequency is near 29 Hz; [Kim2017] has 0.124 in this cell and 0.104 to "
        "0.389 over slow cells and dendritic sites; monoamines scale the current 1.5 to 2.5 times [LeeHeckman1999]",
    ),
    "E_CaL": _kim(60.0, "mV", 50.0, 70.0),
    "V_half_d": _kim(-43.0, "mV", -48.0, -38.0),
    "k_d": _kim(6.0, "mV", 4.8, 7.2),
    "tau_d": _kim(60.0, "ms", 48.0, 72.0),
    "V_half_hL": _assumed(
        -30.0, "mV", -34.0, 8.0,
        "slow inactivation, which ends the cramp; its form is that of [PowersHeckman2017], whose pool runs from 8 mV (lowest "
        "threshold) to -30.6 mV (highest)",
    ),
    "on_inactivation": _assumed(1.0, "1", 0.0, 1.0, "1: the current inactivates slowly; 0: it does not"),
    "k_hL": Parameter(5.0, "mV", "PowersHeckman2017", (4.0, 6.0)),
    "tau_hL": _assumed(
        20.0, "s", 10.0, 40.0,
        "sets how long a cramp lasts, so that duration is not predicted; [PowersHeckman2017] has 2.5 s, too short to do so",
    ),
    # the rival way to end a plateau
    "g_sK": _assumed(
        0.0, "mS/cm**2", 0.0, 0.1, "off; 0.07 with on_inactivation at 0 ends plateaus in its stead"
    ),
    "tau_sK": _assumed(10.0, "s", 5.0, 20.0, "sets the duration of a cramp where this current ends it"),
    # synapses
    "g_tonic": _assumed(0.014, "mS/cm**2", 0.0112, 0.0168, "background drive of the cord, without magnesium dependence"),
    "E_synapse": _kim(0.0, "mV", -5.0, 5.0),
    "w_AMPA": _assumed(
        0.16, "mS/cm**2", 0.128, 0.192, "compound afferent volley; one alone is subthreshold in normal ions"
    ),
    "tau_AMPA": _assumed(4.0, "ms", 3.2, 4.8, "decay of a compound volley"),
    "w_NMDA": _assumed(0.002, "mS/cm**2", 0.0016, 0.0024, "a fifth of the volley's charge at -60 mV in normal magnesium"),
    "tau_NMDA": _assumed(80.0, "ms", 64.0, 96.0, "decay of NMDA currents, order of magnitude"),
    "antidromic": _assumed(
        0.0, "uA/cm**2", 0.0, 100.0, "current into the soma for 1 ms at each volley; 60 fires it, as stimulating a nerve does"
    ),
    # synaptic noise
    "sigma_noise": _assumed(
        0.7, "uA/cm**2", 0.0, 1.0, "SD of the noise current (2.2 nA), about 1.7 mV at the soma at rest"
    ),
    "tau_noise": _assumed(5.0, "ms", 2.0, 10.0, "correlation time of synaptic noise"),
}
# fmt: on

MODEL = Model(
    title="spinal motoneuron with a dendritic persistent calcium current",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event("V_soma", 0.0, "mV"),
    traces={"V_soma": "mV", "V_dendrite": "mV"},
    guess={
        "V_soma": (-70.0, "mV"),
        "V_dendrite": (-70.0, "mV"),
        "Ca_i": (1e-4, "mM"),
        "h": (1.0, "1"),
        "k_N": (1.0, "1"),
        "h_L": (1.0, "1"),
    },
    dt=0.025,
    noise=Noise("I_noise", sd="sigma_noise", tau="tau_noise"),
    volley={"g_AMPA": "w_AMPA", "g_NMDA": "w_NMDA"},
    pulse={"I_antidromic": "antidromic"},
    stimulus="I_stim",
    example=Train(rate=80.0, duration=0.3, start=0.02),
    description=__doc__
    + """
The ions are those at the cord, behind the barrier that regulates them, not those of plasma. Three things are assumed
and named so in the table: the slow inactivation that ends the plateau, the placement of g_CaL, and how calcium entry
saturates (K_Ca), on which the sign of calcium's effect depends. After-hyperpolarisation is longer than measured.
Plausible ranges are those found in the sources, and otherwise +-20 % (+-5 mV for potentials).
""",
)
