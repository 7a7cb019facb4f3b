"""Squid giant axon after Hodgkin and Huxley (1952): one patch of membrane, the action potential in four equations.

Sodium rushes in through gates that open fast (m) and shut by themselves (h); potassium leaves through slower ones (n).
Calcium and magnesium do not appear: this is the cell to begin with, and the one by which others are measured.
"""

from excitability.model import Event, Model
from excitability.parameters import Parameter
from excitability.protocol import Step

EQUATIONS = """
# membrane
dV/dt = (I_stim - I_Na - I_K - I_leak)/C : volt

# sodium current
I_Na = g_Na*m**3*h*(V - E_Na) : amp/meter**2
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
alpha_m = a_m*k_alpha_m*bernoulli((V_alpha_m - V)/k_alpha_m) : Hz
beta_m = b_m*exp((V_beta_m - V)/k_beta_m) : Hz
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
alpha_h = a_h*exp((V_alpha_h - V)/k_alpha_h) : Hz
beta_h = b_h/(1 + exp((V_beta_h - V)/k_beta_h)) : Hz

# potassium current
I_K = g_K*n**4*(V - E_K) : amp/meter**2
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
alpha_n = a_n*k_alpha_n*bernoulli((V_alpha_n - V)/k_alpha_n) : Hz
beta_n = b_n*exp((V_beta_n - V)/k_beta_n) : Hz

# leak
I_leak = g_leak*(V - E_leak) : amp/meter**2
"""


def _published(value: float, unit: str, low: float, high: float, note: str = "") -> Parameter:
    return Parameter(value, unit, "HodgkinHuxley1952", (low, high), note)


# fmt: off
PARAMETERS = {
    # Table 3 of the paper: value chosen, and the range of the axons measured
    "C": _published(1.0, "uF/cm**2", 0.8, 1.5),
    "g_Na": _published(120.0, "mS/cm**2", 65.0, 260.0),
    "g_K": _published(36.0, "mS/cm**2", 26.0, 49.0),
    "g_leak": _published(0.3, "mS/cm**2", 0.13, 0.5),
    "E_Na": _published(50.0, "mV", 30.0, 54.0, "115 mV above rest"),
    "E_K": _published(-77.0, "mV", -79.0, -74.0, "12 mV below rest"),
    "E_leak": _published(-54.387, "mV", -61.0, -43.0, "10.613 mV above rest, where no current flows at rest"),
    # rates, equations 12, 13, 20, 21, 23 and 24
    "a_m": _published(0.1, "1/ms/mV", 0.08, 0.12),
    "V_alpha_m": _published(-40.0, "mV", -45.0, -35.0),
    "k_alpha_m": _published(10.0, "mV", 8.0, 12.0),
    "b_m": _published(4.0, "1/ms", 3.2, 4.8),
    "V_beta_m": _published(-65.0, "mV", -70.0, -60.0),
    "k_beta_m": _published(18.0, "mV", 14.4, 21.6),
    "a_h": _published(0.07, "1/ms", 0.056, 0.084),
    "V_alpha_h": _published(-65.0, "mV", -70.0, -60.0),
    "k_alpha_h": _published(20.0, "mV", 16.0, 24.0),
    "b_h": _published(1.0, "1/ms", 0.8, 1.2),
    "V_beta_h": _published(-35.0, "mV", -40.0, -30.0),
    "k_beta_h": _published(10.0, "mV", 8.0, 12.0),
    "a_n": _published(0.01, "1/ms/mV", 0.008, 0.012),
    "V_alpha_n": _published(-55.0, "mV", -60.0, -50.0),
    "k_alpha_n": _published(10.0, "mV", 8.0, 12.0),
    "b_n": _published(0.125, "1/ms", 0.1, 0.15),
    "V_beta_n": _published(-65.0, "mV", -70.0, -60.0),
    "k_beta_n": _published(80.0, "mV", 64.0, 96.0),
}
# fmt: on

MODEL = Model(
    title="squid giant axon of Hodgkin and Huxley",
    equations=EQUATIONS,
    parameters=PARAMETERS,
    event=Event("V", 0.0, "mV"),
    traces={"V": "mV"},
    guess={"V": (-65.0, "mV"), "h": (0.6, "1"), "n": (0.3, "1")},
    dt=0.025,
    stimulus="I_stim",
    example=Step(amplitude=10.0, duration=0.14, start=0.02),
    description=__doc__
    + """
The paper counts potentials from rest, positive inside to outside. Here they are inside minus outside, as is usual now, and
the rest from which the paper counts is put at -65 mV. The temperature is the paper's, 6.3 degrees Celsius. Plausible
ranges are those of the axons that the paper measured, and for the rates +-20 % (+-5 mV for potentials).
""",
)
