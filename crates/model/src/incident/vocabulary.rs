//! The closed lists of words in which an accident is told. Names for people are in `i18n/` under
//! `registry.LIST.WORD`.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// Where the accident happened: the fifteen critical-infrastructure sectors of Japan (cabinet, 2024), and those
    /// outside them.
    Sector("sector") {
        InformationCommunication = "information_communication",
        Finance = "finance",
        Aviation = "aviation",
        Airport = "airport",
        Railway = "railway",
        ElectricPower = "electric_power",
        Gas = "gas",
        /// The sector of the list (services of administration, municipalities included), where the record does not
        /// say which body it was.
        GovernmentServices = "government_services",
        Medical = "medical",
        Water = "water",
        Logistics = "logistics",
        Chemical = "chemical",
        Credit = "credit",
        Petroleum = "petroleum",
        Port = "port",
        /// A body of a state.
        Government = "government",
        /// A city, town, ward or prefecture.
        Municipality = "municipality",
        /// A firm or association outside the fifteen sectors.
        Enterprise = "enterprise",
        /// A person.
        Individual = "individual",
    }
}

vocabulary! {
    /// Why it happened; the causes that nobody intended are equals of the attacks.
    Cause("cause") {
        Malware = "malware",
        Intrusion = "intrusion",
        DenialOfService = "denial_of_service",
        /// Somebody of the house, of a contractor or formerly there, on purpose.
        Insider = "insider",
        /// A thing with information on it, stolen or lost.
        TheftLoss = "theft_loss",
        /// Use of a system or of information against its purpose, by whoever may use it.
        Misuse = "misuse",
        OperatingError = "operating_error",
        ConfigurationError = "configuration_error",
        SoftwareFault = "software_fault",
        HardwareFault = "hardware_fault",
        /// A service or product that others supply.
        Supplier = "supplier",
        /// Earthquake, flood, lightning, heat.
        Nature = "nature",
        Unknown = "unknown",
    }
}

impl Cause {
    /// Whether somebody meant it, as far as the cause alone tells.
    pub const fn implies_malice(self) -> Malice {
        match self {
            Self::Malware | Self::Intrusion | Self::DenialOfService | Self::Insider => Malice::Yes,
            Self::OperatingError
            | Self::ConfigurationError
            | Self::SoftwareFault
            | Self::HardwareFault
            | Self::Nature => Malice::No,
            Self::TheftLoss | Self::Misuse | Self::Supplier | Self::Unknown => Malice::Unknown,
        }
    }
}

vocabulary! {
    /// Whether somebody meant it.
    Malice("malicious") {
        Yes = "yes",
        No = "no",
        Unknown = "unknown",
    }
}

vocabulary! {
    /// What was harmed.
    Effect("effects") {
        Availability = "availability",
        Confidentiality = "confidentiality",
        Integrity = "integrity",
        /// Life and limb, environment.
        Safety = "safety",
    }
}

vocabulary! {
    /// What a magnitude counts.
    #[schema(as = MagnitudeUnit)]
    Unit("unit") {
        Persons = "persons",
        Records = "records",
        Organisations = "organisations",
        /// Computers, servers, devices.
        Systems = "systems",
        Services = "services",
        /// Places: stations, branches, web sites.
        Sites = "sites",
        /// Railway or communication lines.
        Lines = "lines",
        Flights = "flights",
        Transactions = "transactions",
        Litres = "litres",
        Minutes = "minutes",
        Hours = "hours",
        Days = "days",
        Injured = "injured",
        Deaths = "deaths",
    }
}

vocabulary! {
    /// How the accident came to be known to whoever recorded it. Every count must be read with this in mind: each
    /// channel sees some kinds of accident and not others.
    Channel("channel") {
        MandatoryReport = "mandatory_report",
        Survey = "survey",
        Press = "press",
        /// The recorder's own observation.
        Own = "own",
    }
}

vocabulary! {
    /// What a cost was for (the loss varieties of VERIS 1.3, compensation, and the sum).
    CostKind("kind") {
        ResponseRecovery = "response_recovery",
        BusinessInterruption = "business_interruption",
        AssetFraud = "asset_fraud",
        Compensation = "compensation",
        LegalRegulatory = "legal_regulatory",
        OperatingCosts = "operating_costs",
        Reputation = "reputation",
        CompetitivePosition = "competitive_position",
        Other = "other",
        /// The whole loss, when the parts are not known; never added to them.
        Total = "total",
    }
}

vocabulary! {
    /// The columns of the two tables of accidents in the strategy of 2003.
    Column("column") {
        Government = "government",
        CriticalInfrastructure = "critical_infrastructure",
        FirmsIndividuals = "firms_individuals",
    }
}

impl Sector {
    /// The column of the strategy's tables to which the sector belongs.
    pub const fn column(self) -> Column {
        match self {
            Self::Government | Self::Municipality => Column::Government,
            Self::Enterprise | Self::Individual => Column::FirmsIndividuals,
            _ => Column::CriticalInfrastructure,
        }
    }
}
