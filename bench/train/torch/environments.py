"""The environments `weather` and `two-hop` of src/environments with their default options, one object an episode."""

from random import Random


class Weather:
    """Look a city's weather up, then answer it."""

    CONTEXT, MAX_TURN, STOPS = 28, 5, ("<eos>", "</call>")
    CITIES = "oslo lima cairo delhi paris tokyo quito accra hanoi miami sofia turin perth dakar seoul bern".split()
    SKIES = ["sunny", "cloudy", "rain", "snow"]

    def __init__(self, random: Random) -> None:
        self.asked = random.choice(self.CITIES)
        self.reports = {city: self.report(random) for city in self.CITIES}
        self.turns = 0
        self.reward = 0.0

    def report(self, random: Random) -> list[str]:
        return [random.choice("56789"), random.choice("05"), random.choices(self.SKIES, [0.4, 0.3, 0.2, 0.1])[0]]

    def prompt(self) -> list[str]:
        return ["<bos>", "weather", self.asked, "?"]

    def step(self, action: list[str]) -> list[str] | None:
        """What the tool says; None ends the episode."""
        self.turns += 1
        if self.turns < 3 and is_call(action):
            report = self.reports.get(" ".join(action[1:-1]), ["nothing"])
            return ["<obs>", *report, "</obs>"]
        if action[0] == "<ans>" and without_end(action)[1:] == self.reports[self.asked]:
            self.reward = 1.0
        return None


class TwoHop:
    """Where does the boss of somebody live? Found out with two searches."""

    CONTEXT, MAX_TURN, STOPS = 40, 3, ("<eos>", "</call>")
    PEOPLE = "Anna Boris Chen Diego Emma Farid Grace Hugo".split()
    CITIES = "Athens Berlin Cairo Delhi Lima Oslo Rome Tokyo".split()

    def __init__(self, random: Random) -> None:
        self.boss = {one: random.choice([p for p in self.PEOPLE if p != one]) for one in self.PEOPLE}
        self.home = {one: random.choice(self.CITIES) for one in self.PEOPLE}
        self.person = random.choice(self.PEOPLE)
        self.turns = 0
        self.reward = 0.0

    def prompt(self) -> list[str]:
        return ["<bos>", "?", "home", "of", "boss", "of", self.person]

    def step(self, action: list[str]) -> list[str] | None:
        if action[0] == "<ans>":
            self.reward = float(without_end(action)[1:] == [self.home[self.boss[self.person]]])
            return None
        if not is_call(action) or self.turns == 3:
            return None
        self.turns += 1
        name = " ".join(action[1:-1])
        if name not in self.boss:
            return ["<obs>", "nothing", "</obs>"]
        return ["<obs>", "boss", self.boss[name], "home", self.home[name], "</obs>"]


ENVIRONMENTS = {"weather": Weather, "two-hop": TwoHop}


def is_call(action: list[str]) -> bool:
    return len(action) >= 2 and action[0] == "<call>" and action[-1] == "</call>"


def without_end(action: list[str]) -> list[str]:
    return action[:-1] if action[-1] == "<eos>" else action
