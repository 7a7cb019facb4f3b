"""Neuromuscular junction: a nerve impulse releases quanta of transmitter, and they depolarise the endplate.

Calcium triggers release with the fourth power, and magnesium competes for its site. Two kinds of facilitation and
augmentation raise the probability of release from impulse to impulse; the pool of vesicles that are ready runs down.
"""

from excitability.divalents import release_drive
from excitability.model import Event, Model
from excitability.parameters import ASSUMPTION, Parameter
from excitability.protocol import Train

RELEASE = f"""
# divalents: calcium triggers, magnesium competes
{release_drive.equation()}

# release: of the N_pool vesicles of a full pool the share n is ready, and each leaves with the probability p_release
p_release = 1 - (1 - p_0)**(release_drive*(1 + F_1 + F_2)*(1 + A)) : 1
dF_1/dt = -F_1/tau_F1 : 1
dF_2/dt = -F_2/tau_F2 : 1
dA/dt = -A/tau_A : 1
dn_ready/dt = (1 - n_ready)/tau_n : 1

# endplate: every quantum opens a conductance that rises and falls
dg_rise/dt = -g_rise/tau_rise : siemens/meter**2
dg_fall/dt = -g_fall/tau_fall : siemens/meter**2
g_endplate = g_fall - g_rise : siemens/meter**2
peak = (tau_rise/tau_fall)**(tau_rise/(tau_fall - tau_rise)) - (tau_rise/tau_fall)**(tau_fall/(tau_fall - tau_rise)) : 1
g_quantum = safety_factor*g_threshold/(N_pool*p_0) : siemens/meter**2
"""

#: What an impulse adds, all from the states before it.
IMPULSE = {
    "F_1": "a_F1",
    "F_2": "a_F2",
    "A": "a_A",
    "n_ready": "-binomial_quantile(chance, N_pool*n_ready, p_release)/N_pool",
    "g_rise": "g_quantum/peak*binomial_quantile(chance, N_pool*n_ready, p_release)",
    "g_fall": "g_quantum/peak*binomial_quantile(chance, N_pool*n_ready, p_release)",
}

# fmt: off
JUNCTION = {
    **release_drive.parameters,
    "N_pool": Parameter(400.0, "1", ASSUMPTION, (200.0, 1000.0), "vesicles that are ready; 200 to 1,700, remembered"),
    "p_0": Parameter(
        0.11, "1", ASSUMPTION, (0.05, 0.25),
        "probability of release in reference ions: with N_pool 44 quanta, where human junctions release 20 to 60, remembered",
    ),
    "a_F1": Parameter(
        0.35, "1", "MouseFacilitation1981", (0.2, 0.5), "facilitation by one impulse: 0.5 together; the split is assumed"
    ),
    "tau_F1": Parameter(35.0, "ms", "MouseFacilitation1981", (25.0, 50.0), "mouse, 20 degrees"),
    "a_F2": Parameter(0.15, "1", "MouseFacilitation1981", (0.05, 0.3)),
    "tau_F2": Parameter(163.0, "ms", "MouseFacilitation1981", (100.0, 300.0), "mouse, 20 degrees"),
    "a_A": Parameter(0.008, "1", ASSUMPTION, (0.004, 0.015), "augmentation by one impulse; its size was not found"),
    "tau_A": Parameter(7.0, "s", "Magleby1979", (5.0, 9.0), "also in [KalksteinMagleby2004]"),
    "tau_n": Parameter(
        250.0, "ms", ASSUMPTION, (100.0, 1000.0), "calibrated: endplate potentials at 50 Hz fall to 0.6 to 0.8 of the first"
    ),
    "tau_rise": Parameter(0.2, "ms", ASSUMPTION, (0.1, 0.4), "rise of a quantum's conductance, remembered"),
    "tau_fall": Parameter(1.0, "ms", ASSUMPTION, (0.7, 1.6), "and its fall, remembered (22 to 37 degrees)"),
    "E_endplate": Parameter(0.0, "mV", ASSUMPTION, (-15.0, 0.0), "acetylcholine's channels let sodium and potassium through"),
    "safety_factor": Parameter(
        3.0, "1", ASSUMPTION, (1.0, 8.0),
        "endplate conductance over that which just evokes an impulse in reference ions; people about 2, remembered, and "
        "halved release makes weak [Slater2006]; cat 4.1 to 12 from the weakest to the strongest fibres [PatonWaud1967]",
    ),
    "g_threshold": Parameter(
        0.67, "mS/cm**2", ASSUMPTION, (0.3, 1.2),
        "peak endplate conductance that just evokes an impulse of muscle_fibre in reference ions, found by trying",
    ),
}

PARAMETERS = {
    **JUNCTION,
    "C_m": Parameter(0.58, "uF/cm**2", "SenneffLowery2021", (0.4, 1.0), "as in muscle_fibre"),
    "C_tubules": Parameter(2.78, "uF/cm**2", "Shorten2007", (2.0, 6.0), "4.8 times C_m, behind R_access"),
    "R_access": Parameter(150.0, "ohm*cm**2", "Shorten2007", (40.0, 200.0), "between membrane and tubules"),
    "g_rest": Parameter(
        0.8, "mS/cm**2", ASSUMPTION, (0.3, 1.5), "in the membrane and again in the tubules, as in muscle_fibre; 2.45 in all "
        "in rat [PaladeBarchi1977]"
    ),
    "V_rest": Parameter(-87.0, "mV", ASSUMPTION, (-95.0, -75.0), "of muscle_fibre, rounded"),
}
# fmt: on

EQUATIONS = f"""{RELEASE}
# endplate potential of a fibre whose sodium channels do not open: membrane, and tubules behind their access
dV/dt = (-g_endplate*(V - E_endplate) - g_rest*(V - V_rest) - (V - V_tubules)/R_access)/C_m : volt
dV_tubules/dt = ((V - V_tubules)/R_access - g_rest*(V_tubules - V_rest))/C_tubules : volt
"""

MODEL = Model(
    title="neuromuscular junction: release, endplate conductance and endplate potential",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event("V", -80.0, "mV"),
    traces={"V": "mV", "F_1": "1", "F_2": "1", "A": "1", "n_ready": "1"},
    guess={
        "V": (-87.0, "mV"),
        "V_tubules": (-87.0, "mV"),
        "n_ready": (1.0, "1"),
        "g_rise": (0.0, "mS/cm**2"),
        "g_fall": (0.0, "mS/cm**2"),
    },
    dt=0.025,
    volley=IMPULSE,
    example=Train(rate=50.0, duration=0.2, start=0.005),
    description=__doc__
    + """
The ions are those around the junction, which are those of plasma. A run with noise draws every release from a binomial
distribution; one without takes its mean. Most constants of the human junction were not found in a text that could be read,
and say so; what low magnesium does to release in mammals is an extrapolation of the competition measured in frog.
""",
)
