"""Where the numbers come from: the bibliography, one entry per source, with what could not be confirmed about it."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from excitability.errors import unknown


@dataclass(frozen=True)
class Reference:
    """One publication, model file or data collection.

    Parameters
    ----------
    authors : str
        "Family, Initials and Family, Initials", as BibTeX reads it.
    year : int
    title : str
    journal, volume, number, pages, doi, url : str
        Empty where unknown.
    unconfirmed : str
        Fields that were not seen in a page or file, so that a reader checks them first.
    """

    authors: str
    year: int
    title: str
    journal: str = ""
    volume: str = ""
    number: str = ""
    pages: str = ""
    doi: str = ""
    url: str = ""
    unconfirmed: str = ""

    def text(self) -> str:
        """One line for a reader."""
        who = self.authors.replace(" and others", " et al.").replace(" and ", "; ").strip("{}")
        where = " ".join(
            part for part in (self.journal, self.volume + (f"({self.number})" if self.number else "")) if part
        )
        parts = [
            f"{who} ({self.year}). {self.title}.",
            where + (f":{self.pages}" if self.pages else "") + "." if where else "",
        ]
        parts.append(f"doi:{self.doi}" if self.doi else self.url)
        if self.unconfirmed:
            parts.append(f"[to be confirmed: {self.unconfirmed}]")
        return " ".join(part for part in parts if part)

    def bibtex(self, key: str) -> str:
        """A BibTeX entry."""
        kind = "article" if self.journal else "misc"
        names = {"authors": "author", "unconfirmed": "note"}
        lines = []
        for entry in fields(self):
            value = getattr(self, entry.name)
            if entry.name == "unconfirmed" and value:
                value = f"to be confirmed: {value}"
            if value:
                escaped = str(value).replace("&", r"\&").replace("%", r"\%")
                lines.append(f"  {names.get(entry.name, entry.name)} = {{{escaped}}}")
        return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"


REFERENCES: dict[str, Reference] = {
    "Kim2017": Reference(
        "Kim, H.",
        2017,
        "Impact of the localization of dendritic calcium persistent inward current on the input-output properties of "
        "spinal motoneuron pool: a computational study",
        "J Appl Physiol",
        "123",
        "5",
        "1166-1187",
        "10.1152/japplphysiol.00034.2017",
        "https://modeldb.science/239039",
    ),
    "PowersHeckman2017": Reference(
        "Powers, R. K. and Heckman, C. J.",
        2017,
        "Synaptic control of the shape of the motoneuron pool input-output function",
        "J Neurophysiol",
        "117",
        "3",
        "1171-1184",
        "10.1152/jn.00850.2016",
        "https://modeldb.science/239582",
        "doi",
    ),
    "HodgkinHuxley1952": Reference(
        "Hodgkin, A. L. and Huxley, A. F.",
        1952,
        "A quantitative description of membrane current and its application to conduction and excitation in nerve",
        "J Physiol",
        "117",
        "4",
        "500-544",
        "10.1113/jphysiol.1952.sp004764",
    ),
    "Stimberg2019": Reference(
        "Stimberg, M. and Brette, R. and Goodman, D. F. M.",
        2019,
        "Brian 2, an intuitive and efficient neural simulator",
        "eLife",
        "8",
        "",
        "e47314",
        "10.7554/eLife.47314",
    ),
    "Strang1968": Reference(
        "Strang, G.",
        1968,
        "On the construction and comparison of difference schemes",
        "SIAM J Numer Anal",
        "5",
        "3",
        "506-517",
        "10.1137/0705041",
    ),
    "RushLarsen1978": Reference(
        "Rush, S. and Larsen, H.",
        1978,
        "A practical algorithm for solving dynamic membrane equations",
        "IEEE Trans Biomed Eng",
        "BME-25",
        "4",
        "389-392",
        "10.1109/TBME.1978.326270",
    ),
    "HochbruckOstermann2010": Reference(
        "Hochbruck, M. and Ostermann, A.",
        2010,
        "Exponential integrators",
        "Acta Numerica",
        "19",
        "",
        "209-286",
        "10.1017/S0962492910000048",
    ),
    "Chen2020": Reference(
        "Chen, Z. and Raman, B. and Stern, A.",
        2020,
        "Structure-preserving numerical integrators for Hodgkin-Huxley-type systems",
        "SIAM J Sci Comput",
        "42",
        "1",
        "B273-B298",
        "10.1137/18M123390X",
        "",
        "volume, number, pages",
    ),
    "HilleWoodhullShapiro1975": Reference(
        "Hille, B. and Woodhull, A. M. and Shapiro, B. I.",
        1975,
        "Negative surface charge near sodium channels of nerve: divalent ions, monovalent ions, and pH",
        "Philos Trans R Soc Lond B",
        "270",
        "908",
        "301-318",
        "10.1098/rstb.1975.0011",
    ),
    "Isaev2012": Reference(
        "Isaev, D. and Ivanchick, G. and Khmyz, V. and others",
        2012,
        "Surface charge impact in low-magnesium model of seizure in rat hippocampus",
        "J Neurophysiol",
        "107",
        "1",
        "417-423",
        "10.1152/jn.00574.2011",
        "",
        "authors but Ivanchick, volume, pages, doi",
    ),
    "ClaySquid": Reference(
        "Clay, J. R.",
        1995,
        "Asymmetric modulation and blockade of the delayed rectifier in squid giant axons by divalent cations",
        "Biophys J",
        "69",
        "5",
        "1773-1779",
        "",
        "",
        "author, year, journal, pages",
    ),
    "Elinder1998": Reference(
        "Elinder, F. and Liu, Y. and Arhem, P.",
        1998,
        "Divalent cation effects on the Shaker K channel suggest a pentapeptide sequence as determinant of functional "
        "surface charge density",
        "J Membr Biol",
        "165",
        "2",
        "183-189",
    ),
    "HeartMagnesium1991": Reference(
        "{authors not found}",
        1991,
        "Inhibition by magnesium of calcium inward current in heart ventricular muscle",
        "Eur J Pharmacol",
        "204",
        "3",
        "243-248",
        "",
        "",
        "authors",
    ),
    "JahrStevens1990": Reference(
        "Jahr, C. E. and Stevens, C. F.",
        1990,
        "Voltage dependence of NMDA-activated macroscopic conductances predicted by single-channel kinetics",
        "J Neurosci",
        "10",
        "9",
        "3178-3182",
        "10.1523/JNEUROSCI.10-09-03178.1990",
    ),
    "Evans1977": Reference(
        "Evans, R. H. and Francis, A. A. and Watkins, J. C.",
        1977,
        "Selective antagonism by Mg2+ of amino acid-induced depolarization of spinal neurones",
        "Experientia",
        "33",
        "4",
        "489-491",
        "10.1007/BF01922227",
        "",
        "title",
    ),
    "LeeHeckman1998": Reference(
        "Lee, R. H. and Heckman, C. J.",
        1998,
        "Bistability in spinal motoneurons in vivo: systematic variations in persistent inward currents",
        "J Neurophysiol",
        "80",
        "2",
        "583-593",
        "10.1152/jn.1998.80.2.583",
        "",
        "number, doi",
    ),
    "LeeHeckman1999": Reference(
        "Lee, R. H. and Heckman, C. J.",
        1999,
        "Enhancement of bistability in spinal motoneurons in vivo by the noradrenergic alpha1 agonist methoxamine",
        "J Neurophysiol",
        "81",
        "5",
        "2164-2174",
        "10.1152/jn.1999.81.5.2164",
        "",
        "year, volume, pages, doi",
    ),
    "Heckman2008": Reference(
        "Heckman, C. J. and Johnson, M. and Mottram, C. and Schuster, J.",
        2008,
        "Persistent inward currents in spinal motoneurons and their influence on human motoneuron firing patterns",
        "Neuroscientist",
        "14",
        "3",
        "264-275",
        "10.1177/1073858408314986",
        "",
        "doi",
    ),
    "MillerKnight2009": Reference(
        "Miller, K. C. and Knight, K. L.",
        2009,
        "Electrical stimulation cramp threshold frequency correlates well with the occurrence of skeletal muscle cramps",
        "Muscle Nerve",
        "39",
        "3",
        "364-368",
        "10.1002/mus.21170",
        "",
        "authors",
    ),
    "Minetto2009": Reference(
        "Minetto, M. A. and Holobar, A. and Botter, A. and Farina, D.",
        2009,
        "Discharge properties of motor units of the abductor hallucis muscle during cramp contractions",
        "J Neurophysiol",
        "102",
        "3",
        "1890-1901",
        "10.1152/jn.00309.2009",
        "",
        "doi",
    ),
    "Minetto2011": Reference(
        "Minetto, M. A. and Holobar, A. and Botter, A. and Ravenni, R. and Farina, D.",
        2011,
        "Mechanisms of cramp contractions: peripheral or central generation?",
        "J Physiol",
        "589",
        "23",
        "5759-5773",
        "10.1113/jphysiol.2011.212332",
        "",
        "authors but the first",
    ),
    "Garrison2020": Reference(
        "Garrison, S. R. and Korownyk, C. S. and Kolber, M. R. and others",
        2020,
        "Magnesium for skeletal muscle cramps",
        "Cochrane Database Syst Rev",
        "2020",
        "9",
        "CD009402",
        "10.1002/14651858.CD009402.pub3",
        "",
        "the effect size, seen in a copy of the abstract only",
    ),
    "vanIngen1994": Reference(
        "van Ingen, H. E. and Huijgen, H. J. and Kok, W. T. and Sanders, G. T.",
        1994,
        "Analytical evaluation of Kone Microlyte determination of ionized magnesium",
        "Clin Chem",
        "40",
        "1",
        "52-55",
    ),
    "AroraJefferson2023": Reference(
        "Arora, N. and Jefferson, J. A.",
        2023,
        "Disorders of calcium concentration",
        "Current Medical Diagnosis and Treatment (McGraw-Hill)",
    ),
    "CalviBushinsky2008": Reference(
        "Calvi, L. M. and Bushinsky, D. A.",
        2008,
        "When is it appropriate to order an ionized calcium?",
        "J Am Soc Nephrol",
        "19",
        "7",
        "1257-1260",
        "10.1681/ASN.2007121327",
    ),
    "Oppelt1963": Reference(
        "Oppelt, W. W. and MacIntyre, I. and Rall, D. P.",
        1963,
        "Magnesium exchange between blood and cerebrospinal fluid",
        "Am J Physiol",
        "205",
        "5",
        "959-962",
        "",
        "",
        "year, last page",
    ),
    "Hennings2005": Reference(
        "Hennings, K. and Arendt-Nielsen, L. and Andersen, O. K.",
        2005,
        "Breakdown of accommodation in nerve: a possible role for persistent sodium current",
        "Theor Biol Med Model",
        "2",
        "",
        "16",
        "10.1186/1742-4682-2-16",
        "https://modeldb.science/55749",
        "authors, journal",
    ),
    "McIntyre2002": Reference(
        "McIntyre, C. C. and Richardson, A. G. and Grill, W. M.",
        2002,
        "Modeling the excitability of mammalian nerve fibers: influence of afterpotentials on the recovery cycle",
        "J Neurophysiol",
        "87",
        "2",
        "995-1006",
        "",
        "https://modeldb.science/3810",
        "number",
    ),
    "Gaines2018": Reference(
        "Gaines, J. L. and Finn, K. E. and Slopsema, J. P. and Heyboer, L. A. and Polasek, K. H.",
        2018,
        "A model of motor and sensory axon activation in the median nerve using surface electrical stimulation",
        "J Comput Neurosci",
        "45",
        "1",
        "29-43",
        "",
        "https://modeldb.science/243841",
    ),
    "RoperSchwarz1989": Reference(
        "Roper, J. and Schwarz, J. R.",
        1989,
        "Heterogeneous distribution of fast and slow potassium channels in myelinated rat nerve fibres",
        "J Physiol",
        "416",
        "",
        "93-110",
        "10.1113/jphysiol.1989.sp017751",
    ),
    "Mogyoros1996": Reference(
        "Mogyoros, I. and Kiernan, M. C. and Burke, D.",
        1996,
        "Strength-duration properties of human peripheral nerve",
        "Brain",
        "119",
        "2",
        "439-447",
    ),
    "Mogyoros2000": Reference(
        "Mogyoros, I. and others",
        2000,
        "Mechanisms of paresthesias arising from healthy axons",
        "Muscle Nerve",
        "23",
        "3",
        "310-320",
        unconfirmed="co-authors",
    ),
    "AALNervePatch": Reference(
        "Morch, C. D.",
        2016,
        "AALNervePatch: normative data of motor axon excitability (recovery cycle, strength-duration), digitised",
        url="https://github.com/CarstenMorch/AALNervePatch",
        unconfirmed="where the data come from, and what their spread is",
    ),
    "BoydKalu1979": Reference(
        "Boyd, I. A. and Kalu, K. U.",
        1979,
        "Scaling factor relating conduction velocity and diameter for myelinated afferent nerve fibres in the cat hind limb",
        "J Physiol",
        "289",
        "",
        "277-297",
        unconfirmed="journal, volume, pages",
    ),
    "Kiernan2004": Reference(
        "Kiernan, M. C. and others",
        2004,
        "Differences in activity-dependent hyperpolarization in human sensory and motor axons",
        "J Physiol",
        "558",
        "1",
        "341-349",
        "10.1113/jphysiol.2004.063966",
    ),
    "MacefieldBurke1991": Reference(
        "Macefield, G. and Burke, D.",
        1991,
        "Paraesthesiae and tetany induced by voluntary hyperventilation: increased excitability of human cutaneous and "
        "motor axons",
        "Brain",
        "114",
        "",
        "527-540",
        unconfirmed="journal, pages",
    ),
    "Wang2002": Reference(
        "Wang, S. and McDonnell, E. H. and Sedor, F. A. and Toffaletti, J. G.",
        2002,
        "pH effects on measurements of ionized calcium and ionized magnesium in blood",
        "Arch Pathol Lab Med",
        "126",
        "",
        "947-950",
        unconfirmed="journal, last page",
    ),
    "SJCLI1988": Reference(
        "{authors not found}",
        1988,
        "Ionized calcium and acid-base status in arterial and venous whole blood during general anaesthesia",
        "Scand J Clin Lab Invest",
        "48",
        "",
        "115-122",
        "10.3109/00365518809085402",
        unconfirmed="authors, journal, year, volume",
    ),
    "Steurer1997": Reference(
        "Steurer, J. and Pei, P. and Vetter, W.",
        1997,
        "Effect of short-term hyperventilation on the concentration of ionized serum calcium (in German)",
        "Dtsch Med Wochenschr",
        "122",
        "28/29",
        "887-889",
        "10.1055/s-2008-1047705",
    ),
    "BostockBurkeHales1994": Reference(
        "Bostock, H. and Burke, D. and Hales, J. P.",
        1994,
        "Differences in behaviour of sensory and motor axons following release of ischaemia",
        "Brain",
        "117",
        "",
        "225-234",
        unconfirmed="content: only its existence was confirmed",
    ),
    "Han2008": Reference(
        "Han, S. E. and Boland, R. A. and Krishnan, A. V. and Vucic, S. and Lin, C. S.-Y. and Kiernan, M. C.",
        2008,
        "Changes in human sensory axonal excitability induced by an ischaemic insult",
        "Clin Neurophysiol",
        "119",
        "",
        "2054-2063",
    ),
    "EMGtetany1983": Reference(
        "Anonymous",
        1983,
        "Zur Standardisierung des elektromyographischen Tetanietests: 10minutiger Trousseau bei Patienten und Gesunden",
        "Arch Psychiatr Nervenkr",
        "233",
        "1",
        "23-37",
        "10.1007/bf00540035",
        unconfirmed="authors, full title",
    ),
    "Fleming1972": Reference(
        "Fleming, L. W. and Lenman, J. A. R. and Stewart, W. K.",
        1972,
        "Effect of magnesium on nerve conduction velocity during regular dialysis treatment",
        "J Neurol Neurosurg Psychiatry",
        "35",
        "3",
        "342-355",
        "10.1136/jnnp.35.3.342",
        unconfirmed="title",
    ),
    "AdelmanAdams1959": Reference(
        "Adelman, W. J. and Adams, J.",
        1959,
        "Effects of calcium lack on action potential of motor axons of the lobster limb",
        "J Gen Physiol",
        "42",
        "",
        "655-664",
        unconfirmed="title, pages",
    ),
    "Martiszus2021": Reference(
        "Martiszus, B. J. and others",
        2021,
        "Divalent-dependent excitability of cortical neurons rests on the gating of sodium channels",
        "eLife",
        unconfirmed="title, number",
    ),
    "DodgeRahamimoff1967": Reference(
        "Dodge, F. A. and Rahamimoff, R.",
        1967,
        "Co-operative action of calcium ions in transmitter release at the neuromuscular junction",
        "J Physiol",
        "193",
        "2",
        "419-432",
        "10.1113/jphysiol.1967.sp008367",
        unconfirmed="the dissociation constants of calcium and magnesium: only the abstract was read",
    ),
    "Koch2002": Reference(
        "Koch, S. M. and others",
        2002,
        "The simultaneous measurement of ionized and total calcium and ionized and total magnesium in intensive care unit "
        "patients",
        "J Crit Care",
        "17",
        "",
        "203-205",
        unconfirmed="journal, year, pages; the line was seen in a secondary source only",
    ),
    "MillerKnight2012": Reference(
        "Miller, K. C. and Knight, K. L.",
        2012,
        "Initial electrical stimulation frequency and cramp threshold frequency and force",
        "J Athl Train",
        "47",
        "6",
        "643-647",
        "10.4085/1062-6050-47.5.12",
    ),
    "Serrao2007": Reference(
        "Serrao, M. and Arendt-Nielsen, L. and Ge, H. Y. and Pierelli, F. and Sandrini, G. and Farina, D.",
        2007,
        "Experimental muscle pain decreases the frequency threshold of electrically elicited muscle cramps",
        "Exp Brain Res",
        "182",
        "3",
        "301-308",
        "10.1007/s00221-007-0985-1",
    ),
    "Stone2003": Reference(
        "Stone, M. B. and Edwards, J. E. and Huxel, K. C. and Cordova, M. L. and Ingersoll, C. D. and Babington, J. P.",
        2003,
        "Threshold frequency of an electrically induced cramp increases following a repeated, localized fatiguing exercise",
        "J Sports Sci",
        "21",
        "",
        "399-405",
        unconfirmed="journal, year, pages",
    ),
    "CODATA2018": Reference(
        "Tiesinga, E. and Mohr, P. J. and Newell, D. B. and Taylor, B. N.",
        2021,
        "CODATA recommended values of the fundamental physical constants: 2018",
        "Rev Mod Phys",
        "93",
        "2",
        "025010",
        "10.1103/RevModPhys.93.025010",
        "",
        "volume, pages, doi",
    ),
    "AndreuBarrett1980": Reference(
        "Andreu, R. and Barrett, E. F.",
        1980,
        "Calcium dependence of evoked transmitter release at very low quantal contents at the frog neuromuscular "
        "junction",
        "J Physiol",
        "308",
        "",
        "79-97",
        "10.1113/jphysiol.1980.sp013463",
    ),
    "Bennett1977": Reference(
        "Bennett, M. R. and Fisher, C. and Florin, T. and Quine, M. and Robinson, J.",
        1977,
        "The effect of calcium ions and temperature on the binomial parameters that control acetylcholine release "
        "by a nerve impulse at amphibian neuromuscular synapses",
        "J Physiol",
        "271",
        "",
        "641-672",
    ),
    "GageQuastel1966": Reference(
        "Gage, P. W. and Quastel, D. M. J.",
        1966,
        "Competition between sodium and calcium ions in transmitter release at mammalian neuromuscular junctions",
        "J Physiol",
        "185",
        "1",
        "95-123",
        "10.1113/jphysiol.1966.sp007974",
    ),
    "MouseFacilitation1981": Reference(
        "{authors not found}",
        1981,
        "Facilitation of acetylcholine secretion at a mouse neuromuscular junction",
        "Brain Res",
        "204",
        "2",
        "327-337",
        "10.1016/0006-8993(81)90592-8",
        unconfirmed="authors",
    ),
    "Magleby1979": Reference(
        "Magleby, K. L.",
        1979,
        "Facilitation, augmentation, and potentiation of transmitter release",
        "Prog Brain Res",
        "49",
        "",
        "175-182",
        unconfirmed="authors, volume",
    ),
    "KalksteinMagleby2004": Reference(
        "Kalkstein, J. M. and Magleby, K. L.",
        2004,
        "Augmentation increases vesicular release probability in the presence of masking depression at the frog "
        "neuromuscular junction",
        "J Neurosci",
        "24",
        "50",
        "11391-11403",
        unconfirmed="year, journal, volume, number, pages",
    ),
    "Bukharaeva2007": Reference(
        "Bukharaeva, E. A. and Samigullin, D. and Nikolsky, E. E. and Magazanik, L. G.",
        2007,
        "Modulation of the kinetics of evoked quantal release at mouse neuromuscular junctions by calcium and "
        "strontium",
        "J Neurochem",
        "100",
        "4",
        "939-949",
        unconfirmed="authors, volume, number, pages",
    ),
    "PatonWaud1967": Reference(
        "Paton, W. D. M. and Waud, D. R.",
        1967,
        "The margin of safety of neuromuscular transmission",
        "J Physiol",
        "191",
        "1",
        "59-90",
        "10.1113/jphysiol.1967.sp008237",
    ),
    "Slater2006": Reference(
        "Slater, C. R. and Fawcett, P. R. W. and Walls, T. J. and Lyons, P. R. and Bailey, S. J. and Beeson, D. "
        "and Young, C. and Gardner-Medwin, D.",
        2006,
        "Pre- and post-synaptic abnormalities associated with impaired neuromuscular transmission in a group of "
        "patients with 'limb-girdle myasthenia'",
        "Brain",
        "129",
        "8",
        "2061-2076",
        "10.1093/brain/awl200",
    ),
    "Ruff2011": Reference(
        "Ruff, R. L.",
        2011,
        "Endplate contributions to the safety factor for neuromuscular transmission",
        "Muscle Nerve",
        "44",
        "6",
        "854-861",
        "10.1002/mus.22177",
    ),
    "Trontelj2002": Reference(
        "Trontelj, J. V. and Mihelin, M. and Khuraibet, A. J.",
        2002,
        "Safety margin at single neuromuscular junctions",
        "Muscle Nerve",
        "Suppl 11",
        "",
        "S21-S27",
    ),
    "Stalberg1975": Reference(
        "Stalberg, E. and Schiller, H. H. and Schwartz, M. S.",
        1975,
        "Safety factor in single human motor end-plates studied in vivo with single fibre electromyography",
        "J Neurol Neurosurg Psychiatry",
        "38",
        "8",
        "799-804",
        "10.1136/jnnp.38.8.799",
        unconfirmed="year, last page, doi",
    ),
    "WoodSlater1995": Reference(
        "Wood, S. J. and Slater, C. R.",
        1995,
        "Action potential generation in rat slow- and fast-twitch muscles",
        "J Physiol",
        "486",
        "2",
        "401-410",
        unconfirmed="authors, year, journal, volume, number, pages",
    ),
}


def find(keys: Iterable[str]) -> dict[str, Reference]:
    """The entries for `keys`, in order and without repeats.

    Raises
    ------
    InputError
        A key that is not in the bibliography.
    """
    found: dict[str, Reference] = {}
    for key in keys:
        if key not in REFERENCES:
            raise unknown("source", key, REFERENCES)
        found[key] = REFERENCES[key]
    return found
