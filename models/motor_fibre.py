"""Myelinated motor fibre: 21 motor axons in a row, their nodes joined by the resistance of the axoplasm.

An impulse that begins anywhere runs both ways. The axons are those of `motor_axon`, scaled with the fibre's diameter, without
the slow load of sodium: an impulse passes in a millisecond.
"""

from excitability.models.motor_axon import PARAMETERS as AXON
from excitability.models.motor_axon import RATES, gate, steady

from excitability.divalents import gating_shift
from excitability.model import Event, Model
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Step

NODES = 21


def _node(k: int) -> str:
    """Equations of node `k` and the internode after it."""
    neighbours = [f"(V_{j} - V_{k})" for j in (k - 1, k + 1) if 1 <= j <= NODES]
    text = f"""# node {k} and its internode
dV_{k}/dt = ((C_internode + C_myelin)*I_node_{k} + C_myelin*I_internode_{k})/C_squared : volt
dV_internode_{k}/dt = ((C_node + C_myelin)*I_internode_{k} + C_myelin*I_node_{k})/C_squared : volt
I_axial_{k} = g_axial*({" + ".join(neighbours)}) : amp
I_BB_{k} = g_BB*(V_{k} - V_internode_{k}) : amp
I_node_{k} = I_stim*int(abs(stimulated - {k}) < 0.5) + I_axial_{k} - I_ion_{k} - I_BB_{k} : amp
I_ion_{k} = (g_Naf*m_{k}**3*h_{k} + g_Nap*p_{k}**3)*(V_{k} - E_Na) + (g_Kf*n_{k}**4 + g_Ks*s_{k})*(V_{k} - E_K) : amp
I_internode_{k} = I_BB_{k} - g_Kfi*n_i_{k}**4*(V_internode_{k} - E_K) - g_leak*(V_internode_{k} - E_Na) - I_pump : amp
V_gate_{k} = V_{k} - gating_shift : volt
V_gate_K_{k} = V_{k} - f_K*gating_shift : volt
V_gate_Ki_{k} = V_internode_{k} - f_K*gating_shift : volt
{gate(f"m_{k}", "m", f"V_gate_{k}")}{gate(f"h_{k}", "h", f"V_gate_{k}")}{gate(f"p_{k}", "p", f"V_gate_{k}")}
{gate(f"n_{k}", "n", f"V_gate_K_{k}")}{gate(f"s_{k}", "s", f"V_gate_K_{k}")}{gate(f"n_i_{k}", "n", f"V_gate_Ki_{k}")}"""
    return "\n" + "\n".join(line for line in text.splitlines() if line) + "\n"


EQUATIONS = f"""
# divalents
{gating_shift.equation()}
{RATES}
# geometry: how the fibre's parts grow with its diameter, against the reference fibre of motor_axon
d_axon = x_axon*D/(1 - D/D_axon) : meter
d_axon_ref = x_axon*D_ref/(1 - D_ref/D_axon) : meter
lamellae = l_0 + l_1*d_axon/um_ + l_2*log10(d_axon/um_) : 1
lamellae_ref = l_0 + l_1*d_axon_ref/um_ + l_2*log10(d_axon_ref/um_) : 1
L_internode = um_*(L_0 + L_1*d_axon/um_ + L_2*log10(d_axon/um_)) : meter
L_internode_ref = um_*(L_0 + L_1*d_axon_ref/um_ + L_2*log10(d_axon_ref/um_)) : meter
x_node = (d_axon + d_node_0)/(d_axon_ref + d_node_0) : 1
x_membrane = d_axon/d_axon_ref : 1
x_sheath = (d_axon + D)*L_internode/lamellae/((d_axon_ref + D_ref)*L_internode_ref/lamellae_ref) : 1
seal = ((d_axon + x_gap*(D - d_axon))**2 - d_axon**2)/L_internode : meter
seal_ref = ((d_axon_ref + x_gap*(D_ref - d_axon_ref))**2 - d_axon_ref**2)/L_internode_ref : meter
g_axial = pi_4*d_axon**2/(rho*L_internode) : siemens

# the reference axon's constants, scaled
C_node = C_node_ref*x_node : farad
C_myelin = C_myelin_ref*x_sheath : farad
C_internode = C_internode_ref*x_membrane*L_internode/L_internode_ref : farad
C_squared = (C_node + C_myelin)*(C_internode + C_myelin) - C_myelin**2 : farad**2
g_BB = g_BB_ref*seal/seal_ref : siemens
g_Naf = g_Naf_ref*x_node : siemens
g_Nap = g_Nap_ref*x_node : siemens
g_Kf = g_Kf_ref*x_node : siemens
g_Ks = g_Ks_ref*x_node : siemens
g_Kfi = g_Kfi_ref*x_membrane : siemens
E_Na = R*T/F*log(Na_o/Na_i_0) : volt
E_K = R*T/F*log(K_o_0/K_i) : volt

# rest in reference ions, as in motor_axon
{steady("m_0", "m", "V_rest")}{steady("h_0", "h", "V_rest")}{steady("p_0", "p", "V_rest")}
{steady("n_0", "n", "V_rest")}{steady("s_0", "s", "V_rest")}
I_Na_0 = (g_Naf*m_0**3*h_0 + g_Nap*p_0**3)*(V_rest - E_Na) : amp
I_K_0 = (g_Kf*n_0**4 + g_Ks*s_0)*(V_rest - E_K) : amp
V_internode_0 = V_rest + (I_Na_0 + I_K_0)/g_BB : volt
{steady("n_i_0", "n", "V_internode_0")}
I_pump = (I_K_0 + g_Kfi*n_i_0**4*(V_internode_0 - E_K))/2 : amp
g_leak = -(3*I_pump + I_Na_0)/(V_internode_0 - E_Na) : siemens
{"".join(_node(k) for k in range(1, NODES + 1))}
"""

_SCALED = ("C_node", "C_myelin", "C_internode", "g_BB", "g_Naf", "g_Nap", "g_Kf", "g_Ks", "g_Kfi")
_LEFT_OUT = {
    "share_leak", "g_Ksi", "volume", "K_pump", "t_cuff", "t_release", "slowing", "rise_K", "tau_ischaemia", "arriving",
    "K_Ca_leak", "K_Mg_leak",
}  # fmt: skip


def _hennings(value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    return Parameter(value, unit, "Hennings2005", (low, high), note)


# fmt: off
PARAMETERS = {
    **{(f"{n}_ref" if n in _SCALED else n): p for n, p in AXON.items() if n not in _LEFT_OUT},
    "D": _hennings(14.0, "um", 5.7, 16.0, "diameter of the fibre with its myelin"),
    "D_ref": _hennings(14.0, "um", 13.9, 14.1, "diameter for which the constants of motor_axon hold"),
    "stimulated": Parameter(1.0, "1", ASSUMPTION, (1.0, float(NODES)), "number of the node that takes the "
    "current: any can be chosen"),
    "rho": Parameter(0.7, "ohm*m", "McIntyre2002", (0.33, 1.1), "resistivity of the axoplasm"),
    # geometry
    "x_axon": _hennings(0.468, "1", 0.45, 0.49, "diameter of the axon: 0.468 D/(1 - 0.018 D/um)"),
    "D_axon": _hennings(1 / 0.018, "um", 50.0, 60.0),
    "d_node_0": _hennings(0.67, "um", 0.5, 0.8, "the node's diameter goes with that of the axon plus so much"),
    "l_0": _hennings(23.13, "1", 18.5, 27.8, "number of lamellae"),
    "l_1": _hennings(-1.89, "1", -2.3, -1.5),
    "l_2": _hennings(142.79, "1", 114.0, 171.0),
    "L_0": _hennings(-91.1, "1", -110.0, -73.0, "length of the internode in um"),
    "L_1": _hennings(-20.2, "1", -24.0, -16.0),
    "L_2": _hennings(1745.9, "1", 1397.0, 2095.0),
    "um_": _hennings(1.0, "um", 0.999, 1.001, "the unit of the diameters in these fits"),
    "x_gap": Parameter(0.27, "1", "AALNervePatch", (0.15, 0.3), "share of the myelin's thickness through which "
    "the seal conducts"),
    "pi_4": Parameter(0.7853981633974483, "1", "CODATA2018", (0.785, 0.786), "a quarter of pi"),
}
# fmt: on

MODEL = Model(
    title=f"human motor fibre, {NODES} nodes in a row",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event(f"V_{(NODES + 1) // 2}", -20.0, "mV"),
    traces={f"V_{k}": "mV" for k in (1, 6, 11, 16, 21)},
    guess={
        **{f"{name}_{k}": (-80.0, "mV") for name in ("V", "V_internode") for k in range(1, NODES + 1)},
        **{f"h_{k}": (0.7, "1") for k in range(1, NODES + 1)},
    },
    dt=0.0025,
    stimulus="I_stim",
    stimulus_unit="nA",
    example=Step(2.0, 2e-4, 1e-3),
    description=__doc__
    + """
The axial current is part of each step, nodes one after the other and back, so that it is second order in the time step
(measured: 1.97 to 1.98). Node
conductances and capacities grow with the diameter of the node, those of the internode with its own; conduction velocity was
not fitted.
""",
)
